using System.Runtime.InteropServices;

namespace Shop.Chaos;

/// <summary>A run from the command line, which SIGINT and SIGTERM end in good order.</summary>
internal static class CommandLineRun
{
    /// <returns>The run's own exit code, or 2 where it could not be run.</returns>
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> runAsync)
    {
        using var stop = new CancellationTokenSource();
        using var interrupted = StopOn(PosixSignal.SIGINT, stop);
        using var terminated = StopOn(PosixSignal.SIGTERM, stop);
        try
        {
            return await runAsync(stop.Token);
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

    private static PosixSignalRegistration StopOn(PosixSignal signal, CancellationTokenSource stop) =>
        PosixSignalRegistration.Create(signal, received =>
    {
        // Ended by itself, so that what it has started ends too.
        received.Cancel = true;
        stop.Cancel();
    });
}
