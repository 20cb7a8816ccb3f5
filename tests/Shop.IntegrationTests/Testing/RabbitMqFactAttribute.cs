using Xunit;

namespace Shop.IntegrationTests.Testing;

/// <summary>
/// A test that needs rabbitmq-server. It is left out, by name, on a machine that has none, unless SHOP_TESTS_NEED says
/// that nothing may be left out: CI installs what the tests need.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RabbitMqFactAttribute : FactAttribute
{
    public RabbitMqFactAttribute()
    {
        if (RabbitMq.Program is null && Environment.GetEnvironmentVariable("SHOP_TESTS_NEED") != "all")
            Skip = "rabbitmq-server is not installed here (Debian: apt-get install rabbitmq-server).";
    }
}
