using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Failover;

[UnsupportedOSPlatform("windows")]
public sealed class StandbyReadinessTests : StandbyPair
{
    [Fact]
    public async Task A_standby_is_migrated_and_can_be_read_and_is_not_ready()
    {
        await using var host = await ShopHost.StartAsync(Primary);
        var modules = host.Services.GetServices<IModule>().ToList();
        using var ofPrimary = new ReadinessProbe(Primary, modules);
        using var ofStandby = new ReadinessProbe(Standby, modules);
        Assert.Null(await ofPrimary.FindFaultAsync(CancellationToken.None));

        // At first it may still be behind the migrations.
        var (waited, fault) = (Stopwatch.StartNew(), (string?)"");
        while (fault?.Contains("recovery", StringComparison.Ordinal) != true
            && waited.Elapsed < TimeSpan.FromSeconds(30))
            fault = await ofStandby.FindFaultAsync(CancellationToken.None);
        Assert.Contains("recovery", fault, StringComparison.Ordinal);
    }
}
