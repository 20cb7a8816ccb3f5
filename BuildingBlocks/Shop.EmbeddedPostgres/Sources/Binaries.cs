using System.Globalization;
using System.Text.RegularExpressions;

namespace Shop.EmbeddedPostgres.Sources;

/// <summary>A folder with initdb, pg_ctl and postgres that run here.</summary>
internal sealed partial record Binaries(string Folder, string Version)
{
    public const int OldestMajor = 15;

    private static readonly string[] Needed = ["initdb", "pg_ctl", "postgres"];

    public int Major => int.Parse(Version.Split('.')[0], CultureInfo.InvariantCulture);

    public string InitDb => File("initdb");

    public string PgCtl => File("pg_ctl");

    public static bool AreIn(string folder) =>
        Needed.All(program => System.IO.File.Exists(Path.Combine(folder, Executable(program))));

    /// <summary>
    /// Runs postgres once, as the user that will run the server, because only that tells whether it runs here: another
    /// libc, a closed folder, a missing library.
    /// </summary>
    public static async Task<(Binaries? Found, string Problem)> ProbeAsync(
        string folder, ServerAccount account, CancellationToken ct)
    {
        var postgres = Path.Combine(folder, Executable("postgres"));
        var result = await CommandLine.RunAsync(new Command(postgres, "--version") { User = account.User }, ct);
        if (!result.Succeeded)
            return (null, $"{folder} does not run here: {result.Output}");
        var version = VersionNumber().Match(result.Output);
        return version.Success
            ? (new Binaries(folder, version.Value), "")
            : (null, $"{folder} gives no version: {result.Output}");
    }

    private string File(string program) => Path.Combine(Folder, Executable(program));

    private static string Executable(string program) => OperatingSystem.IsWindows() ? program + ".exe" : program;

    [GeneratedRegex(
        @"\d+(\.\d+)?", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionNumber();
}
