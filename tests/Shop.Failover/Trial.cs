using System.Diagnostics;
using Shop.Chaos;
using ChaosClient = Shop.Chaos.Client;
using Environment = Shop.Chaos.Environment;

namespace Shop.Failover;

/// <summary>A fault of the cluster while customers shop, and what came of it.</summary>
internal sealed class Trial(PatroniCluster cluster, Environment environment, History history, int clients)
{
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RecoveryTime = TimeSpan.FromSeconds(60);

    // Differences of other kinds follow from these.
    private static readonly string[] Records =
        ["charges", "top-ups in the ledger", "adjustments", "orders", "payments", "coupons"];

    public async Task<Outcome> RunAsync(ClusterFault fault, CancellationToken stop)
    {
        var (operations, violations) = (history.Operations.Count, history.Violations.Count);
        var (audits, differences) = (history.Audits.Count, history.Differences.Count);
        var client = new ChaosClient(
            environment.Connections, environment.Addresses, history, Random.Shared, Task.CompletedTask, stop);
        var probers = environment.Hosts.Select(host => new Prober(environment, host)).ToList();
        foreach (var prober in probers)
            await prober.StartAsync(client);
        try
        {
            await new Round(environment, history, clients, Random.Shared).RunAsync(
                ct => ProbeAsync(fault, probers, ct), stop);
        }
        catch (Exception unfinished) when (unfinished is InvalidOperationException or KeyNotFoundException)
        {
            // A customer whose account is lost can't go on.
            history.Violate($"the check did not come to its end: {unfinished.Message}");
        }

        var (lost, doubled) = (0, 0);
        foreach (var prober in probers)
        {
            var found = await prober.CheckAsync(client);
            (lost, doubled) = (lost + found.Lost, doubled + found.Doubled);
        }

        var records = history.Differences.Skip(differences).Where(difference => Records.Contains(difference.What));
        foreach (var difference in records)
            (lost, doubled) = (lost + difference.Missing, doubled + difference.Surplus);
        return new Outcome(
            fault,
            [.. probers.Select(prober => new HostOutcome(prober.Host, prober.Outage(), Refusals(prober)))],
            probers.Sum(prober => prober.Probes.Count(probe => probe.TransactionId is not null))
                + history.Operations.Skip(operations).Count(operation => operation.Answer is { IsSuccess: true }),
            lost,
            doubled,
            history.Audits.Skip(audits).Select(consistent => (bool?)consistent).LastOrDefault(),
            [.. history.Violations.Skip(violations)]);
    }

    private async Task ProbeAsync(ClusterFault fault, IReadOnlyList<Prober> probers, CancellationToken ct)
    {
        using var over = new CancellationTokenSource();
        var probing = Task.WhenAll(probers.Select(prober => prober.RunAsync(over.Token)));
        try
        {
            await Task.Delay(Before, ct);
            foreach (var prober in probers)
                prober.NoteFault();
            await fault.RunAsync(ct);
            await cluster.SettleAsync(ct);
            for (var waited = Stopwatch.StartNew();
                waited.Elapsed < Recent || !probers.All(prober => prober.HasSucceededSince(Recent));
                await Task.Delay(100, ct))
            {
                if (waited.Elapsed > RecoveryTime)
                    throw new ClusterException("Not all hosts are well again, though the cluster is.");
            }
        }
        finally
        {
            await over.CancelAsync();
            await probing;
        }
    }

    private static string Refusals(Prober prober)
    {
        var kinds = prober.Probes.Where(probe => probe.Refusal is not null).CountBy(probe => probe.Refusal!)
            .OrderByDescending(kind => kind.Value)
            .Select(kind => $"{kind.Value} {kind.Key}");
        return string.Join(", ", kinds) is { Length: > 0 } listed ? listed : "none";
    }
}

internal sealed record HostOutcome(string Host, TimeSpan Outage, string Refusals);

/// <param name="Acknowledged">Commands that were answered as done.</param>
/// <param name="Lost">Those of them that are not there.</param>
/// <param name="IsConsistent">The audit's word on the new primary, or null where it was not run.</param>
internal sealed record Outcome(
    ClusterFault Fault,
    IReadOnlyList<HostOutcome> Hosts,
    int Acknowledged,
    int Lost,
    int Doubled,
    bool? IsConsistent,
    IReadOnlyList<string> Violations)
{
    public bool IsRight => Lost == 0 && Doubled == 0 && IsConsistent == true && Violations.Count == 0;
}
