using System.Globalization;

namespace Shop.EmbeddedPostgres.Sources;

/// <summary>PostgreSQL as the machine has it: in the PATH, else where packages and installers put it.</summary>
internal static class LocalBinaries
{
    // Folder patterns with one star. Debian and Red Hat keep initdb and postgres out of the PATH.
    private static readonly string[] UnixFolders =
    [
        "/usr/lib/postgresql/*/bin",
        "/usr/pgsql-*/bin",
        "/opt/homebrew/opt/postgresql*/bin",
        "/usr/local/opt/postgresql*/bin",
        "/Applications/Postgres.app/Contents/Versions/*/bin",
    ];

    public static async Task<Binaries?> FindAsync(
        int? major, ServerAccount account, List<string> tried, CancellationToken ct)
    {
        var folders = CommandLine.SearchPath
            .Concat(InstalledFolders())
            .Where(Binaries.AreIn)
            .Select(Resolve)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        foreach (var folder in folders)
        {
            var (found, problem) = await Binaries.ProbeAsync(folder, account, ct);
            if (found is null)
                tried.Add(problem);
            else if (found.Major < Binaries.OldestMajor)
                tried.Add($"{folder} is version {found.Version}, older than {Binaries.OldestMajor}");
            else if (major is not null && found.Major != major)
                tried.Add($"{folder} is version {found.Version}, but the cluster was made by version {major}");
            else
                return found;
        }

        if (folders.Count == 0)
            tried.Add("none in the PATH nor where packages and installers put them");
        return null;
    }

    private static IEnumerable<string> InstalledFolders() =>
        OperatingSystem.IsWindows()
            ? Matching(
                Path.Combine(
                    Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL", "*", "bin"))
            : UnixFolders.SelectMany(Matching);

    // Newest first; the number may stand anywhere in the starred name ("15", "pgsql-16", "postgresql@17", "latest").
    private static IEnumerable<string> Matching(string pattern)
    {
        var starred = Path.GetDirectoryName(pattern)!;
        var parent = Path.GetDirectoryName(starred)!;
        return !Directory.Exists(parent)
            ? []
            : Directory.EnumerateDirectories(parent, Path.GetFileName(starred))
                .OrderByDescending(folder => Number(Path.GetFileName(folder)))
                .Select(folder => Path.Combine(folder, Path.GetFileName(pattern)));
    }

    private static double Number(string name)
    {
        var digits = new string(
            [
                .. name.SkipWhile(letter => !char.IsAsciiDigit(letter))
                .TakeWhile(letter => char.IsAsciiDigit(letter) || letter == '.'),
            ]);
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;
    }

    // A PATH entry is often a folder of links; people look for the real one.
    private static string Resolve(string folder)
    {
        var real = new FileInfo(Path.Combine(folder, "postgres")).ResolveLinkTarget(returnFinalTarget: true)?.FullName;
        return real is not null && Path.GetDirectoryName(real) is { } target && Binaries.AreIn(target)
            ? target
            : folder;
    }
}
