using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Shop.Chaos;

internal static class Program
{
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
            await Console.Error.WriteLineAsync(stop.IsCancellationRequested ? "Stopped." : error is FormatException ? error.Message : $"It could not be run: {error}");
            return 2;
        }
    }

    private static async Task<int> RunAsync(ChaosOptions options, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("shop-chaos-").FullName;
        var journal = new Journal();
        int rounds;
        Storm storm;
        await using (var arena = await Arena.StartAsync(options, folder, journal, stop))
        {
            Console.WriteLine($"Seed {options.Seed}, {options.Hosts} hosts, {options.Clients} clients, {arena.Cluster.Source}. Logs in {folder}");
            storm = new Storm(Faults.Of(arena.Cluster, arena.Hosts, arena.Platform), journal, new Random(options.Seed));
            rounds = await RunAsync(new Round(arena, storm, journal, options.Clients, new Random(options.Seed)), options.Duration, journal, stop);
        }

        Summary.Write(Console.Out, rounds, storm, journal);
        if (journal.Violations.Count > 0)
        {
            await journal.WriteAsync(Path.Combine(folder, "journal.log"));
            return 1;
        }

        Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static async Task<int> RunAsync(Round round, TimeSpan duration, Journal journal, CancellationToken stop)
    {
        var since = Stopwatch.StartNew();
        var rounds = 0;
        do
        {
            var left = duration - since.Elapsed;
            await round.RunAsync(left < RoundTime * 1.5 ? left : RoundTime, stop);
            stop.ThrowIfCancellationRequested();
            Console.WriteLine($"Round {++rounds}: {journal.Entries.Count} operations, {journal.Violations.Count} violations so far");
        }
        while (duration - since.Elapsed > RoundTime / 2);
        return rounds;
    }

    private static PosixSignalRegistration StopOn(PosixSignal signal, CancellationTokenSource stop) => PosixSignalRegistration.Create(signal, received =>
    {
        // Ended by itself, so that what it has started ends too.
        received.Cancel = true;
        stop.Cancel();
    });
}
