using System.Diagnostics;
using System.Globalization;
using Shop.EmbeddedPostgres;
using Xunit;

namespace Shop.IntegrationTests.EmbeddedPostgresTests;

public sealed class RecoveryTests : Scene
{
    [Fact]
    public async Task A_killed_server_recovers_at_the_next_start_with_what_was_committed()
    {
        var host = await StartAsync(Options with { Fsync = true });
        await ExecuteAsync(host.ConnectionString, "create table orders (id int); insert into orders values (1), (2)");
        KillServer();

        var next = await StartAsync(Options with { Fsync = true });

        Assert.Equal(2L, await QueryAsync<long>(next.ConnectionString, "select count(*) from orders"));
        Assert.Equal(2L, await QueryAsync<long>(host.ConnectionString, "select count(*) from orders"));
    }

    [Fact]
    public async Task A_pid_file_of_a_dead_server_does_not_stop_the_start()
    {
        await LeavePidFileBehindAsync(processId: 4_000_000);

        var server = await StartAsync();

        Assert.True(await AnswersAsync(server.ConnectionString));
    }

    [Fact]
    public async Task A_pid_file_whose_number_now_belongs_to_another_process_of_the_same_user_does_not_stop_the_start()
    {
        var start = new ProcessStartInfo("sleep", "60");
        if (!OperatingSystem.IsWindows() && ServerAccount.Current.User is { } user)
            start.UserName = user;
        using var another = Process.Start(start)!;
        try
        {
            await LeavePidFileBehindAsync(another.Id);

            var server = await StartAsync();

            Assert.True(await AnswersAsync(server.ConnectionString));
        }
        finally
        {
            another.Kill();
        }
    }

    [Fact]
    public async Task A_pid_file_whose_number_now_belongs_to_the_server_of_another_cluster_does_not_stop_the_start()
    {
        var other = await StartAsync(Options with { DataDirectory = Path.Combine(Folder, "other") });
        var otherProcess = int.Parse(
            File.ReadLines(new ClusterFolder(other.DataDirectory).PidFile).First(), CultureInfo.InvariantCulture);
        await LeavePidFileBehindAsync(otherProcess);

        var server = await StartAsync();

        Assert.True(await AnswersAsync(server.ConnectionString));
        Assert.True(await AnswersAsync(other.ConnectionString));
    }

    [Fact]
    public async Task Half_a_cluster_of_a_killed_start_does_not_stop_the_next()
    {
        Assert.NotNull(await Record.ExceptionAsync(() => StartAsync(Options with { Sources = PostgresSources.None })));
        var half = Path.Combine(Options.DataDirectory, "cluster.new-killed");
        Directory.CreateDirectory(half);
        await File.WriteAllTextAsync(Path.Combine(half, "PG_VERSION"), "15\n");

        var server = await StartAsync();

        Assert.True(await AnswersAsync(server.ConnectionString));
        Assert.False(Directory.Exists(half));
    }

    [Fact]
    public async Task A_lost_password_is_said_plainly()
    {
        var server = await StartAsync();
        await server.DisposeAsync();
        File.Delete(Cluster.Password);

        var error = await Assert.ThrowsAsync<PostgresStartException>(StartAsync);

        Assert.Contains("password", error.Message, StringComparison.Ordinal);
    }

    private async Task LeavePidFileBehindAsync(int processId)
    {
        var server = await StartAsync();
        var lines = await File.ReadAllLinesAsync(Cluster.PidFile);
        await server.DisposeAsync();
        lines[0] = processId.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(Cluster.PidFile, lines);
        await ServerAccount.Current.OwnAsync(Cluster.PidFile, CancellationToken.None);
    }
}
