using System.ComponentModel;
using System.Diagnostics;

namespace Shop.EmbeddedPostgres;

internal sealed record Command(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>Unix, and only as root: the user to run as.</summary>
    public string? User { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(
        StringComparer.Ordinal);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>False where a grandchild would inherit the pipes and keep them open.</summary>
    public bool Capture { get; init; } = true;
}

internal sealed record CommandResult(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;
}

internal static class CommandLine
{
    /// <summary>
    /// Runs to the end. A program that cannot be started at all is a result too: exit code -1, with the reason as its
    /// output.
    /// </summary>
    public static async Task<CommandResult> RunAsync(Command command, CancellationToken ct)
    {
        using var process = new Process { StartInfo = StartInfo(command) };
        try
        {
            process.Start();
        }
        catch (Win32Exception reason)
        {
            return new CommandResult(
                -1,
                $"{command.Program} cannot be run{(command.User is null
                    ? ""
                    : $" by user '{command.User}'")}: {reason.Message}");
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(command.Timeout);
        try
        {
            process.StandardInput.Close();
            var output = command.Capture ? process.StandardOutput.ReadToEndAsync(timeout.Token) : Task.FromResult("");
            var errors = command.Capture ? process.StandardError.ReadToEndAsync(timeout.Token) : Task.FromResult("");
            await process.WaitForExitAsync(timeout.Token);
            return new CommandResult(process.ExitCode, (await output + await errors).Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            ct.ThrowIfCancellationRequested();
            return new CommandResult(
                -1, $"{command.Program} did not end within {command.Timeout.TotalSeconds:0} seconds.");
        }
    }

    /// <summary>The full path of a program in the PATH, or null.</summary>
    public static string? Find(string program)
    {
        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd"] : [""];
        return (from folder in SearchPath
                from ending in endings
                let file = Path.Combine(folder, program + ending)
                where File.Exists(file)
                select file).FirstOrDefault();
    }

    public static IEnumerable<string> SearchPath =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(Path.IsPathFullyQualified);

    private static ProcessStartInfo StartInfo(Command command)
    {
        var start = new ProcessStartInfo(command.Program, command.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = command.Capture,
            RedirectStandardError = command.Capture,
            CreateNoWindow = true,
            // The caller's folder may be closed to the user that runs the command.
            WorkingDirectory = Path.GetPathRoot(Environment.SystemDirectory) is { Length: > 0 } root ? root : "/",
        };
        if (command.User is not null)
            start.UserName = command.User;

        // PGDATA, PGPORT and their like would override what is asked for here; messages are read, so they must be
        // English.
        foreach (var name in start.Environment.Keys
            .Where(name => name.StartsWith("PG", StringComparison.Ordinal))
            .ToList())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in command.Environment)
            start.Environment[name] = value;
        return start;
    }
}
