using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks.Background;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Starting;

/// <summary>Hosts whose clock is not the database's.</summary>
public sealed class ClockSkewTests : ShopTest
{
    [Theory]
    [InlineData("40s")]
    [InlineData("-40s")]
    public async Task A_host_whose_clock_is_far_off_does_not_start(string offset)
    {
        var database = new NpgsqlConnectionStringBuilder(
            Shop.ConnectionString)
        { Options = $"-c shop.clock_offset={offset}" };
        var (exitCode, line) = await FailingStart.OfAsync(database.ConnectionString);

        Assert.Equal(69, exitCode);
        Assert.Contains("Synchronize the clocks", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_whose_clock_is_a_little_off_warns_and_serves()
    {
        using var log = new CapturedLog();
        await using var host = await StartAsync(TimeSpan.FromSeconds(20), log);

        Assert.Contains(
            log.Entries, entry => entry.Text.Contains("clock is 20.0 s off the database's", StringComparison.Ordinal));
        var customer = await SignUpAsync(balance: 1_000);
        Assert.Equal(1_000, await (customer with { Client = host.Client(customer.Client.AccessToken) }).BalanceAsync());
    }

    [Fact]
    public async Task A_clock_that_stays_off_is_warned_of_once_an_hour()
    {
        using var log = new CapturedLog();
        await using var host = await StartAsync(TimeSpan.FromSeconds(-2), log);
        var skew = host.Services.GetRequiredService<ClockSkew>();
        for (var round = 0; round < 3; round++)
            await skew.RunOnceAsync(CancellationToken.None);

        Assert.Single(log.Entries, entry => entry.Text.Contains("clock is -2.0 s off", StringComparison.Ordinal));
    }

    private async Task<ShopHost> StartAsync(TimeSpan off, CapturedLog? log = null)
    {
        var clock = new TestClock();
        clock.PutOff(off);
        return await ShopHost.StartAsync(
            Shop.ConnectionString, configure: log is null ? null : log.AddTo, clock: clock);
    }
}
