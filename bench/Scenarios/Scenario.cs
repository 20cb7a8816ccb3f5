using System.Diagnostics;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>Something that is measured against something.</summary>
/// <param name="name">On the command line.</param>
/// <param name="what">For people.</param>
/// <param name="against">The baseline; null where the value stands for itself.</param>
internal abstract class Scenario(string name, string what, string? against, Target? target)
{
    public string Name { get; } = name;

    public string What { get; } = what;

    public string? Against { get; } = against;

    public Target? Target { get; } = target;

    public abstract Task<IReadOnlyList<Round>> RunAsync(Stage stage);
}

/// <summary>The target of the ratio, or of the value where there is no baseline.</summary>
internal sealed record Target(double Value, bool AtMost = false)
{
    public bool IsMetBy(double value) => AtMost ? value <= Value : value >= Value;
}

/// <summary>The result of one round of a scenario.</summary>
/// <param name="Baseline">
/// Operations a second, or what <paramref name="Unit"/> says; null where there is no baseline.
/// </param>
/// <param name="Run">Null where no load came over HTTP.</param>
/// <param name="Notes">Figures of this scenario alone.</param>
/// <param name="Before">The same figure of the build before; null where none is baselineRun.</param>
internal sealed record Round(
    double? Baseline, double Shop, ShopRun? Run, BaselineRun? BaselineRun = null,
    IReadOnlyDictionary<string, double>? Notes = null, string Unit = "/s", double? Before = null)
{
    public double? RatioToBefore => Shop / Before;

    public double? Ratio => Shop / Baseline;

    /// <summary>The value that is compared with the target.</summary>
    public double Value => Ratio ?? Shop;
}

/// <summary>
/// The shared resources of all scenarios. The common shop and the baseline are opened when first asked for.
/// </summary>
internal sealed class Stage(Cluster cluster, BenchOptions options) : IAsyncDisposable
{
    public const int Connections = 32;

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, TestedShop> shops = [];
    private BaselineDatabase? baseline;

    public Cluster Cluster { get; } = cluster;

    public BenchOptions Options { get; } = options;

    public Size Size =>
        (Options.Smoke ? Size.Smoke : Size.Full) with { ActAsAdministrator = Options.ActAsAdministrator };

    /// <summary>The violations that the audit found in closed shops; empty where the books are consistent.</summary>
    public List<string> Violations { get; } = [];

    public Task<TestedShop> ShopAsync() => ShopAsync("tested_shop");

    public Task<TestedShop> ShopAsync(string database) => ShopAsync(database, program: null);

    /// <summary>The build before, on a database of its own; null where none is baselineRun.</summary>
    public async Task<TestedShop?> BeforeAsync() =>
        Options.Before is { } program ? await ShopAsync("shop_before", program) : null;

    private async Task<TestedShop> ShopAsync(string database, string? program) =>
        shops.TryGetValue(database, out var open)
            ? open
            : shops[database] = await TestedShop.OpenAsync(Cluster, database, Size, program);

    /// <summary>Audits the books, and ends the host.</summary>
    public async Task CloseAsync(TestedShop shop)
    {
        Violations.AddRange((await shop.AuditAsync()).Select(violation => $"{shop.Database}: {violation}"));
        shops.Remove(shop.Database);
        await shop.DisposeAsync();
    }

    public async Task CloseAllAsync()
    {
        foreach (var shop in shops.Values.ToList())
            await CloseAsync(shop);
    }

    public async Task<BaselineDatabase> BaselineAsync() =>
        baseline ??= await BaselineDatabase.CreateAsync(Cluster, Size);

    /// <summary>Waits for a drain to end. Asks seldom enough to be no load.</summary>
    public async Task UntilAsync(TestedShop shop, string query)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await Cluster.ScalarAsync<bool>(shop.Database, query, pooled: true))
        {
            if (Stopwatch.GetElapsedTime(started) > Timeout)
                throw new InvalidOperationException($"Still not: {query}\n{shop.Host.Log()}");
            await Task.Delay(25);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var shop in shops.Values)
            await shop.DisposeAsync();
    }
}
