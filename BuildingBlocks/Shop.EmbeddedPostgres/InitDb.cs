using Microsoft.Extensions.Logging;
using Shop.EmbeddedPostgres.Sources;

namespace Shop.EmbeddedPostgres;

/// <summary>
/// Makes a cluster in a folder beside the final one, renamed when whole: a kill never leaves half a cluster. The caller
/// holds the start lock.
/// </summary>
internal sealed class InitDb(Binaries binaries, ClusterFolder folder, ServerAccount account, ILogger logger)
{
    private const string DraftPrefix = "cluster.new-";

    // Texts sort by code point, which is the order of the Korean alphabet, and lower() knows every letter. From version
    // 17 on PostgreSQL has such a locale built in; before, the C library's, then ICU's, then the one that every Mac
    // has.
    private string[][] Locales => binaries.Major >= 17
        ? [["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
        : [["--locale=C.UTF-8"], ["--locale-provider=icu", "--icu-locale=und", "--locale=C"], ["--locale=en_US.UTF-8"]];

    public async Task EnsureAsync(bool durable, CancellationToken ct)
    {
        DeleteDrafts();
        if (Directory.Exists(folder.Cluster))
            return;
        List<string> failures = [];
        foreach (var locale in Locales)
        {
            var draft = Path.Combine(folder.Path, $"{DraftPrefix}{Guid.NewGuid():N}");
            Directory.CreateDirectory(draft);
            await account.OwnAsync(draft, ct);
            var result = await CommandLine.RunAsync(CommandFor(draft, locale, durable), ct);
            if (result.Succeeded)
            {
                // Relative to the cluster, so that the whole folder can be moved.
                await File.AppendAllTextAsync(
                    Path.Combine(draft, "postgresql.conf"),
                    $"\ninclude '../{Path.GetFileName(folder.Settings)}'\n",
                    ct);
                Directory.Move(draft, folder.Cluster);
                return;
            }

            failures.Add($"initdb {string.Join(' ', locale)}: {result.Output}");
        }

        throw new PostgresStartException(
            $"The programs in {binaries.Folder} could not make a cluster in {folder.Path}.\n{string.Join(
                '\n', failures)}");
    }

    private Command CommandFor(string draft, string[] locale, bool durable) => new(
        binaries.InitDb,
        [
            "--pgdata", draft, "--username", ServerConnection.User, "--pwfile", folder.Password, "--auth",
            "scram-sha-256",
            "--encoding",
            "UTF8",
            "--data-checksums",
            "--no-instructions",
            .. locale,
            .. durable ? Array.Empty<string>() : ["--no-sync"],
        ])
    {
        User = account.User,
        Timeout = TimeSpan.FromMinutes(2),
    };

    private void DeleteDrafts()
    {
        foreach (var draft in Directory.EnumerateDirectories(folder.Path, DraftPrefix + "*"))
        {
            try
            {
                Directory.Delete(draft, recursive: true);
            }
            catch (IOException busy)
            {
                // The initdb of a killed host may still be writing; each draft has its own name, so this one is only
                // litter.
                logger.LogInformation(
                    "{Draft} of an earlier start cannot be deleted yet: {Reason}", draft, busy.Message);
            }
        }
    }
}
