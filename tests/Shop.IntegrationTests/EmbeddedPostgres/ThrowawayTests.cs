using Shop.EmbeddedPostgres;
using Xunit;

namespace Shop.IntegrationTests.EmbeddedPostgresTests;

public sealed class ThrowawayTests : Scene
{
    [Fact]
    public async Task It_is_gone_after_its_last_user()
    {
        var server = await StartAsync(EmbeddedPostgresOptions.ForThrowaway("throwaway-tests"));
        Assert.Equal("off", await QueryAsync<string>(server.ConnectionString, "show fsync"));

        await server.DisposeAsync();

        Assert.False(Directory.Exists(server.DataDirectory));
        Assert.False(await AnswersAsync(server.ConnectionString));
    }

    [Fact]
    public async Task What_a_killed_test_run_left_behind_goes_with_the_next_and_what_is_in_use_stays()
    {
        await using var running = await HostProcess.StartAsync(Neighbour("running").DataDirectory, throwaway: true);
        await using var killed = await HostProcess.StartAsync(Neighbour("killed").DataDirectory, throwaway: true);
        await killed.KillAsync();
        var lasting = await StartAsync(Options with { DataDirectory = Path.Combine(Folder, "lasting") });
        await lasting.DisposeAsync();

        var next = await StartAsync(Neighbour("next"));

        Assert.False(Directory.Exists(Neighbour("killed").DataDirectory));
        Assert.False(await AnswersAsync(killed.ConnectionString));
        Assert.True(await AnswersAsync(running.ConnectionString));
        Assert.True(await AnswersAsync(next.ConnectionString));
        Assert.True(Directory.Exists(lasting.DataDirectory));
    }

    private EmbeddedPostgresOptions Neighbour(string name) =>
        Options with { DataDirectory = Path.Combine(Folder, name), Throwaway = true };
}
