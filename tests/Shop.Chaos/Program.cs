using System.Diagnostics;
using Shop.HostProcesses;

namespace Shop.Chaos;

internal static class Program
{
    private const string NoFaketime = "libfaketime is not installed here (Debian: apt-get install faketime).";

    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(30);

    public static Task<int> Main(string[] args) => CommandLineRun.RunAsync(async stop =>
    {
        var options = ChaosOptions.Parse(args);
        if (!options.Help)
            return await RunAsync(options, stop);
        Console.WriteLine(ChaosOptions.Usage);
        return 0;
    });

    private static async Task<int> RunAsync(ChaosOptions options, CancellationToken stop)
    {
        if (FakedClock.Library is null && System.Environment.GetEnvironmentVariable("SHOP_TESTS_NEED") == "all")
            throw new InvalidOperationException($"No clock can go off: {NoFaketime}");
        var folder = Directory.CreateTempSubdirectory("shop-chaos-").FullName;
        var history = new History();
        int rounds;
        FaultInjector injector;
        var cluster = await Cluster.StartAsync(stop);
        await using (var environment = await StartAsync(options, cluster, folder, history, stop))
        {
            Console.WriteLine(
                $"Seed {options.Seed}, {options.Hosts} hosts, {options.Clients} clients, "
                    + $"{cluster.Source}. Logs in {folder}");
            if (environment.Clock is null)
                Console.WriteLine($"No clock goes off: {NoFaketime}");
            var faults = Faults.Of(environment, cluster, history, options.Faults);
            injector = new FaultInjector(faults, history, new Random(options.Seed));
            rounds = await RunAsync(
                new Round(environment, history, options.Clients, new Random(options.Seed)), injector,
                options.Duration, history, stop);
        }

        Summary.Write(Console.Out, rounds, injector, history);
        if (history.Violations.Count > 0)
        {
            await history.WriteAsync(Path.Combine(folder, "history.log"));
            return 1;
        }

        Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static Task<Environment> StartAsync(
        ChaosOptions options, Cluster cluster, string folder, History history, CancellationToken stop) =>
        Environment.StartAsync(
            cluster,
            options.PlatformFiles ? new PlatformFiles(Path.Combine(folder, "platform")) : new PlatformReceiver(history),
            FakedClock.Library is null ? null : new FakedClock(TimeSpan.Zero),
            [.. Enumerable.Range(1, options.Hosts).Select(number => ($"host {number}", cluster.ConnectionString))],
            folder,
            history,
            stop);

    private static async Task<int> RunAsync(
        Round round, FaultInjector injector, TimeSpan duration, History history, CancellationToken stop)
    {
        var since = Stopwatch.StartNew();
        var rounds = 0;
        do
        {
            var left = duration - since.Elapsed;
            var next = left < RoundTime * 1.5 ? left : RoundTime;
            await round.RunAsync(ct => injector.RunAsync(next, ct), stop);
            stop.ThrowIfCancellationRequested();
            Console.WriteLine(
                $"Round {++rounds}: {history.Operations.Count} operations, "
                    + $"{history.Violations.Count} violations so far");
        }
        while (duration - since.Elapsed > RoundTime / 2);
        return rounds;
    }
}
