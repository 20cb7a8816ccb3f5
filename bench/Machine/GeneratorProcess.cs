using System.Diagnostics;
using Shop.Bench.Load;

namespace Shop.Bench.Machine;

/// <summary>This program once more, as the load generator.</summary>
internal static class GeneratorProcess
{
    /// <param name="begin">Called when the measured window begins.</param>
    /// <param name="end">Called when it ends.</param>
    public static async Task<LoadResult> RunAsync(LoadPlan plan, Func<Task> begin, Func<Task> end)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(GeneratorProcess).Assembly.Location, LoadGenerator.Verb])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteLineAsync(plan.ToJson());
        process.StandardInput.Close();
        LoadResult? result = null;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == LoadGenerator.Begin)
                await begin();
            else if (line == LoadGenerator.End)
                await end();
            else
                result = LoadResult.FromJson(line);
        }

        await process.WaitForExitAsync();
        return result ?? throw new InvalidOperationException("The load generator ended without a result.");
    }
}
