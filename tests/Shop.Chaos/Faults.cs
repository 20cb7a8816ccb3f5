using Shop.HostProcesses;

namespace Shop.Chaos;

/// <summary>What can go wrong around the shop. It is put right whatever happens, also when somebody wants to go.</summary>
internal static class Faults
{
    private const int SlowConnections = 150;

    public static IReadOnlyList<Fault> Of(Cluster cluster, IReadOnlyList<HostProcess> hosts, IPlatform platform) =>
    [
        new("database killed", [cluster], (random, _) => KillServerAsync(cluster, random)),
        new("sessions ended", [cluster], (random, _) => cluster.EndSessionsAsync(random.NextDouble())),
        .. hosts.Select(host => new Fault("host killed", [host], (random, _) => KillAsync(host, random))),
        // One at a time: while all of them stand still nothing happens that could go wrong.
        .. hosts.Select(host => new Fault("host paused", [host, nameof(PauseAsync)], (random, ct) => PauseAsync(host, random, ct))),
        .. hosts.Select(host => new Fault("slow bodies", [host], (random, ct) => SendSlowlyAsync(host, random, ct))),
        .. platform.Failures.Select(failure => new Fault(failure.Key, [platform], (random, ct) => FailAsync(platform, failure.Value, random, ct))),
    ];

    private static async Task KillServerAsync(Cluster cluster, Random random)
    {
        cluster.Kill();
        await Task.Delay(random.Next(2_000));
        await cluster.StartAgainAsync(CancellationToken.None);
    }

    private static async Task KillAsync(HostProcess host, Random random)
    {
        await host.KillAsync();
        await Task.Delay(random.Next(1_500));
        await host.StartAsync(CancellationToken.None);
    }

    // Past the 10 seconds after which PostgreSQL ends a transaction that does nothing; one time in six past a delivery's lease, too.
    private static async Task PauseAsync(HostProcess host, Random random, CancellationToken ct)
    {
        host.Pause();
        await QuietDelay(random.Next(6) == 0 ? random.Next(31_000, 36_000) : random.Next(10_500, 13_000), ct);
        host.Resume();
    }

    // From a network of their own, and more than a host has permits.
    private static async Task SendSlowlyAsync(HostProcess host, Random random, CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        over.CancelAfter(random.Next(4_000, 8_000));
        using var bodies = new SlowBodies(host.Address);
        await bodies.RunAsync(Enumerable.Repeat(Network.Number(0), SlowConnections), over.Token);
        if (bodies.Opened < SlowConnections)
            throw new InvalidOperationException($"The attack did not happen: {bodies}");
    }

    private static async Task FailAsync(IPlatform platform, Func<Task> fail, Random random, CancellationToken ct)
    {
        await fail();
        await QuietDelay(random.Next(2_000, 6_000), ct);
        await platform.RepairAsync();
    }

    // The end of a round ends the pause, and what comes after it still is done.
    private static async Task QuietDelay(int milliseconds, CancellationToken ct) =>
        await Task.Delay(milliseconds, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
