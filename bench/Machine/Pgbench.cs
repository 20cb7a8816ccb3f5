using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Shop.Bench.Machine;

/// <summary>
/// Runs a script of <c>Baseline/</c> with PostgreSQL's own generator: prepared statements, two threads.
/// </summary>
internal sealed partial class Pgbench(
    string program, string connectionString, IReadOnlyDictionary<string, int> sizes)
{
    /// <summary>Beside the server's programs, else in the PATH.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static string Find(Cluster cluster)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Prepend(Path.GetDirectoryName(ProcFiles.ProgramOf(cluster.Postmaster))!);
        return folders.Select(folder => Path.Combine(folder, "pgbench")).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException(
            $"The baseline is measured with pgbench, which is neither beside {cluster.Source} nor in the PATH. It "
            + "comes with PostgreSQL's own packages (Debian, Ubuntu: postgresql).");
    }

    public async Task<PgbenchResult> RunAsync(
        string script, int clients, double seconds, IReadOnlyList<(string Name, int Value)> variables)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(
            program,
            [
                "-n", "-M", "prepared", "-c", Text(clients), "-j", Text(Math.Min(2, clients)), "-T",
                Text((int)Math.Ceiling(seconds)),
                "-h", connection.Host!, "-p", Text(connection.Port), "-U", connection.Username!,
                .. sizes.SelectMany(size => Define(size.Key, size.Value)),
                .. variables.SelectMany(variable => Define(variable.Name, variable.Value)),
                "-f", Path.Combine(AppContext.BaseDirectory, "Baseline", $"{script}.sql"), connection.Database!,
            ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PGPASSWORD"] = connection.Password;
        start.Environment["LC_ALL"] = "C";

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? new PgbenchResult(
                Number(Rate().Match(output)),
                Number(Latency().Match(output)),
                (long)Number(Transactions().Match(output)))
            : throw new InvalidOperationException($"pgbench {script} failed:\n{await errors}");
    }

    private static string[] Define(string name, int value) => ["-D", $"{name}={Text(value)}"];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static double Number(Match match) =>
        double.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^tps = (?<number>[\d.]+)", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rate();

    [GeneratedRegex(@"^latency average = (?<number>[\d.]+) ms", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Latency();

    [GeneratedRegex(
        @"^number of transactions actually processed: (?<number>\d+)",
        RegexOptions.Multiline,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Transactions();
}

internal sealed record PgbenchResult(double PerSecond, double AverageMilliseconds, long Transactions);
