using Shop.EmbeddedPostgres;
using Xunit;

namespace Shop.IntegrationTests.EmbeddedPostgresTests;

public sealed class SharingTests : Scene
{
    [Fact]
    public async Task The_last_to_leave_stops_the_server_and_nobody_before()
    {
        var first = await StartAsync();
        var second = await StartAsync(Options with { Database = "other" });
        Assert.Equal(await StartTimeAsync(first.ConnectionString), await StartTimeAsync(second.ConnectionString));

        await first.DisposeAsync();
        Assert.True(await AnswersAsync(second.ConnectionString));

        await second.DisposeAsync();
        Assert.False(await AnswersAsync(second.ConnectionString));
        Assert.False(File.Exists(Cluster.PidFile));
    }

    [Fact]
    public async Task Hosts_that_start_at_the_same_moment_share_one_server()
    {
        var servers = await Task.WhenAll(StartAsync(), StartAsync(), StartAsync());

        Assert.Single(servers.Select(server => server.ConnectionString).Distinct(StringComparer.Ordinal));
        Assert.True(await AnswersAsync(servers[0].ConnectionString));
    }

    [Fact]
    public async Task A_host_in_another_process_shares_too()
    {
        await using var other = await HostProcess.StartAsync(Options.DataDirectory);
        var mine = await StartAsync();
        Assert.Equal(other.ConnectionString, mine.ConnectionString);

        await other.LeaveAsync();
        Assert.True(await AnswersAsync(mine.ConnectionString));

        await mine.DisposeAsync();
        Assert.False(await AnswersAsync(mine.ConnectionString));
    }

    [Fact]
    public async Task A_killed_host_leaves_its_server_to_the_next_one_which_stops_it()
    {
        DateTime startTime;
        await using (var killed = await HostProcess.StartAsync(Options.DataDirectory))
        {
            startTime = await StartTimeAsync(killed.ConnectionString);
            await killed.KillAsync();
            Assert.True(await AnswersAsync(killed.ConnectionString));
        }

        var next = await StartAsync();
        Assert.Equal(startTime, await StartTimeAsync(next.ConnectionString));

        await next.DisposeAsync();
        Assert.False(await AnswersAsync(next.ConnectionString));
    }

    [Fact]
    public async Task A_host_that_fails_to_start_does_not_count_as_a_user()
    {
        await Assert.ThrowsAsync<PostgresNotFoundException>(
            () => StartAsync(Options with { Sources = PostgresSources.None }));
        var server = await StartAsync();

        await server.DisposeAsync();

        Assert.False(await AnswersAsync(server.ConnectionString));
    }
}
