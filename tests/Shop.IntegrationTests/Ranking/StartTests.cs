using Microsoft.Extensions.Options;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ranking;

public sealed class StartTests
{
    [Theory]
    [InlineData("Shop:TimeZone", "Asia/Soul")]
    [InlineData("Ranking:Interval", "00:00:00")]
    public async Task What_is_configured_wrongly_stops_the_start(string setting, string value)
    {
        var invalid = Assert.IsType<OptionsValidationException>(await FailingStart.OfAsync(await TestDatabases.CreateEmptyAsync(), (setting, value)));
        Assert.Contains(setting, invalid.Message, StringComparison.Ordinal);
        Assert.Contains(value, invalid.Message, StringComparison.Ordinal);
    }
}
