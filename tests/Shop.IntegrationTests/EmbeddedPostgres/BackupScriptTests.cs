using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Npgsql;
using Xunit;

namespace Shop.IntegrationTests.EmbeddedPostgresTests;

[UnsupportedOSPlatform("windows")]
public sealed class BackupScriptTests : Scene
{
    [Fact]
    public async Task The_backup_script_keeps_the_newest_and_the_log_that_they_need()
    {
        var server = await StartAsync(Options with
        {
            Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["wal_level"] = "replica" },
        });
        var backups = Path.Combine(Folder, "backups");
        var log = Directory.CreateDirectory(Path.Combine(backups, "wal")).FullName;
        // As archive_command would have put it there.
        File.WriteAllText(Path.Combine(log, "000000010000000000000000"), "");

        var first = await BackUpAsync(server.ConnectionString, backups, kept: 2);
        var second = await BackUpAsync(server.ConnectionString, backups, kept: 2);
        Assert.Equal([first, second], Directory.GetDirectories(Path.Combine(backups, "base")).Order());
        Assert.Empty(Directory.GetFiles(log));

        var third = await BackUpAsync(server.ConnectionString, backups, kept: 1);
        Assert.Equal([third], Directory.GetDirectories(Path.Combine(backups, "base")));
        Assert.True(File.Exists(Path.Combine(third, "backup_manifest")));
    }

    /// <returns>The folder of the backup.</returns>
    private static async Task<string> BackUpAsync(string connectionString, string folder, int kept)
    {
        var server = new NpgsqlConnectionStringBuilder(connectionString);
        string[] arguments = [ScriptPath(), folder, kept.ToString(CultureInfo.InvariantCulture)];
        var start = new ProcessStartInfo("bash", arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.Environment["PGHOST"] = server.Host;
        start.Environment["PGPORT"] = server.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGUSER"] = server.Username;
        start.Environment["PGPASSWORD"] = server.Password;
        using var script = Process.Start(start)!;
        var output = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.Equal(0, script.ExitCode);
        return output.Trim();
    }

    private static string ScriptPath([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../../deploy/shop-backup"));
}
