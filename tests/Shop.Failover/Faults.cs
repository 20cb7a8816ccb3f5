using Shop.Chaos;

namespace Shop.Failover;

/// <param name="Name">As the command line has it.</param>
/// <param name="What">As the table has it.</param>
/// <param name="Target">Seconds without a success at most, where there is such a target.</param>
/// <param name="RunAsync">Ends when everything that it broke runs again.</param>
internal sealed record ClusterFault(string Name, string What, int? Target, Func<CancellationToken, Task> RunAsync);

/// <summary>The faults of a cluster. Each is put right again, also when the run is cancelled.</summary>
internal static class Faults
{
    private static readonly TimeSpan Frozen = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan WithoutEtcd = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WithoutPatroni = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WithoutStandby = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(20);

    public static IReadOnlyList<ClusterFault> Of(PatroniCluster cluster, IReadOnlyList<string>? chosen)
    {
        var all = All(cluster);
        var unknown = chosen?.Except(all.Select(fault => fault.Name)).ToList() ?? [];
        if (unknown.Count > 0)
            throw new FormatException(
                $"There is no fault {string.Join(", ", unknown)}. There are: "
                + $"{string.Join(", ", all.Select(fault => fault.Name))}.");
        return chosen is null ? all : [.. chosen.Select(name => all.Single(fault => fault.Name == name))];
    }

    private static IReadOnlyList<ClusterFault> All(PatroniCluster cluster) =>
    [
        new("switchover", "planned switchover", 2, cluster.SwitchOverAsync),
        new("crash", "kill -9 of the primary's server", 8, async ct =>
            Signals.Kill(cluster.PostmasterOf((await cluster.FindAsync("leader", ct)).Name))),
        new("standby", "synchronous standby killed, 10 s", 2, async ct =>
            await KillAsync(cluster, [await cluster.FindAsync("sync_standby", ct)], WithoutStandby, ct)),
        new("freeze", "primary frozen, 40 s", null, ct => FreezeAsync(cluster, ct)),
        new("patroni", "kill -9 of the primary's Patroni alone, 30 s", null, async ct =>
        {
            Signals.Kill(cluster.ProcessOf((await cluster.FindAsync("leader", ct)).Name));
            await Pause.QuietlyAsync(WithoutPatroni, ct);
            await cluster.RepairAsync(CancellationToken.None);
        }),
        new("etcd", "etcd stopped, 30 s", null, async ct =>
        {
            var etcd = cluster.ProcessOf("etcd");
            Signals.Stop(etcd);
            await Pause.QuietlyAsync(WithoutEtcd, ct);
            Signals.Continue(etcd);
        }),
        new("standbys", "both standbys killed, 20 s", null, async ct =>
            await KillAsync(
                cluster, [.. (await cluster.MembersAsync(ct)).Where(member => member.Role != "leader")], Alone, ct)),
        new("switchovers", "two switchovers in a row", null, async ct =>
        {
            await cluster.SwitchOverAsync(ct);
            await cluster.SettleAsync(ct);
            await cluster.SwitchOverAsync(ct);
        }),
    ];

    // As its machine's end does it: server and Patroni.
    private static async Task KillAsync(
        PatroniCluster cluster, IReadOnlyList<Member> nodes, TimeSpan duration, CancellationToken ct)
    {
        foreach (var node in nodes)
        {
            var server = cluster.PostmasterOf(node.Name);
            Signals.Kill(cluster.ProcessOf(node.Name));
            Signals.Kill(server);
        }

        await Pause.QuietlyAsync(duration, ct);
        await cluster.RepairAsync(CancellationToken.None);
    }

    private static async Task FreezeAsync(PatroniCluster cluster, CancellationToken ct)
    {
        var primary = (await cluster.FindAsync("leader", ct)).Name;
        var (patroni, server) = (cluster.ProcessOf(primary), cluster.PostmasterOf(primary));
        Signals.Stop(patroni);
        // Its children are read once it makes no more.
        Signals.Stop(server);
        var frozen = Signals.Family(server);
        foreach (var process in frozen.Skip(1))
            Signals.Stop(process);
        await Pause.QuietlyAsync(Frozen, ct);
        // The server last of its family: it would reap a child that ends, which no signal reaches then.
        foreach (var process in frozen.Reverse().Append(patroni))
            Signals.Continue(process);
    }
}
