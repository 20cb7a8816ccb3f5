using Microsoft.Extensions.Options;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class PlatformStartTests
{
    private const string Endpoint = "http://127.0.0.1:1/hooks";
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    [Theory]
    [InlineData(Endpoint, null, "DataPlatform:Secret")]
    [InlineData(Endpoint, "whsec_tell nobody", "DataPlatform:Secret")]
    [InlineData(Endpoint, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "DataPlatform:Secret")]
    [InlineData("ftp://127.0.0.1/hooks", Secret, "DataPlatform:Endpoint")]
    [InlineData("/hooks", Secret, "DataPlatform:Endpoint")]
    [InlineData("https://user:whsec@127.0.0.1/", Secret, "DataPlatform:Endpoint")]
    public async Task A_host_with_an_address_or_secret_that_makes_no_sense_does_not_start(string endpoint, string? secret, string blamed)
    {
        var invalid = Assert.IsType<OptionsValidationException>(await FailingStart.OfAsync(
            await TestDatabases.CreateEmptyAsync(), ("DataPlatform:Endpoint", endpoint), ("DataPlatform:Secret", secret ?? "")));

        Assert.StartsWith(blamed, Assert.Single(invalid.Failures), StringComparison.Ordinal);
        foreach (var told in (string[])["tell nobody", "MfKQ9r8G", "user:whsec"])
            Assert.DoesNotContain(told, invalid.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DataPlatform:Timeout", "00:00:00")]
    [InlineData("DataPlatform:Concurrency", "0")]
    [InlineData("DataPlatform:MaxAttempts", "0")]
    [InlineData("Outbox:KeepDiscarded", "-1.00:00:00")]
    public async Task A_host_with_a_number_out_of_bounds_does_not_start(string name, string value)
    {
        var invalid = Assert.IsType<OptionsValidationException>(await FailingStart.OfAsync(await TestDatabases.CreateEmptyAsync(), (name, value)));
        Assert.StartsWith(name, Assert.Single(invalid.Failures), StringComparison.Ordinal);
    }
}
