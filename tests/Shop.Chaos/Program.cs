using System.Diagnostics;
using System.Runtime.InteropServices;
using Shop.HostProcesses;

namespace Shop.Chaos;

internal static class Program
{
    private const string NoFaketime = "libfaketime is not installed here (Debian: apt-get install faketime).";

    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(30);

    public static async Task<int> Main(string[] args)
    {
        using var stop = new CancellationTokenSource();
        using var interrupted = StopOn(PosixSignal.SIGINT, stop);
        using var terminated = StopOn(PosixSignal.SIGTERM, stop);
        try
        {
            var options = ChaosOptions.Parse(args);
            if (!options.Help)
                return await RunAsync(options, stop.Token);
            Console.WriteLine(ChaosOptions.Usage);
            return 0;
        }
        catch (Exception error)
        {
            await Console.Error.WriteLineAsync(
                stop.IsCancellationRequested
                    ? "Stopped."
                    : error is FormatException ? error.Message : $"It could not be run: {error}");
            return 2;
        }
    }

    private static async Task<int> RunAsync(ChaosOptions options, CancellationToken stop)
    {
        if (FakedClock.Library is null && System.Environment.GetEnvironmentVariable("SHOP_TESTS_NEED") == "all")
            throw new InvalidOperationException($"No clock can go off: {NoFaketime}");
        var folder = Directory.CreateTempSubdirectory("shop-chaos-").FullName;
        var history = new History();
        int rounds;
        FaultInjector injector;
        await using (var environment = await Environment.StartAsync(options, folder, history, stop))
        {
            Console.WriteLine(
                $"Seed {options.Seed}, {options.Hosts} hosts, {options.Clients} clients, "
                    + $"{environment.Cluster.Source}. Logs in {folder}");
            if (environment.Clock is null)
                Console.WriteLine($"No clock goes off: {NoFaketime}");
            var faults = Faults.Of(environment, history, options.Faults);
            injector = new FaultInjector(faults, history, new Random(options.Seed));
            rounds = await RunAsync(
                new Round(environment, injector, history, options.Clients, new Random(options.Seed)), options.Duration,
                history, stop);
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

    private static async Task<int> RunAsync(Round round, TimeSpan duration, History history, CancellationToken stop)
    {
        var since = Stopwatch.StartNew();
        var rounds = 0;
        do
        {
            var left = duration - since.Elapsed;
            await round.RunAsync(left < RoundTime * 1.5 ? left : RoundTime, stop);
            stop.ThrowIfCancellationRequested();
            Console.WriteLine(
                $"Round {++rounds}: {history.Operations.Count} operations, "
                    + $"{history.Violations.Count} violations so far");
        }
        while (duration - since.Elapsed > RoundTime / 2);
        return rounds;
    }

    private static PosixSignalRegistration StopOn(PosixSignal signal, CancellationTokenSource stop) =>
        PosixSignalRegistration.Create(signal, received =>
    {
        // Ended by itself, so that what it has started ends too.
        received.Cancel = true;
        stop.Cancel();
    });
}
