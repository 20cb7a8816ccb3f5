using System.Net;
using System.Net.NetworkInformation;
using Npgsql;
using Shop.EmbeddedPostgres;
using Xunit;

namespace Shop.IntegrationTests.EmbeddedPostgresTests;

/// <summary>A server from outside; these tests share one.</summary>
public sealed class ServerTests(ServerTests.Running running) : IClassFixture<ServerTests.Running>
{
    private readonly EmbeddedPostgresServer server = running.Server;

    [Fact]
    public async Task It_runs_from_the_binaries_on_the_machine()
    {
        Assert.StartsWith("PostgreSQL ", server.Source, StringComparison.Ordinal);
        Assert.Equal(
            "shop", await Scene.QueryAsync<string>(server.ConnectionString, "select current_database()::text"));
        Assert.True(
            await Scene.QueryAsync<bool>(
                server.ConnectionString, "select rolsuper from pg_roles where rolname = current_user"));
    }

    [Fact]
    public async Task Texts_sort_and_change_case_in_Korean_and_English()
    {
        await AssertTextsAreKoreanAndEnglishAsync(server);
    }

    [Fact]
    public async Task It_listens_on_loopback_alone()
    {
        var port = new NpgsqlConnectionStringBuilder(server.ConnectionString).Port;

        var listeners = IPGlobalProperties
            .GetIPGlobalProperties()
            .GetActiveTcpListeners()
            .Where(listener => listener.Port == port)
            .ToList();

        Assert.Equal([IPAddress.Loopback], listeners.Select(listener => listener.Address));
        Assert.Equal("", await Scene.QueryAsync<string>(server.ConnectionString, "show unix_socket_directories"));
    }

    [Fact]
    public async Task Nobody_enters_without_the_password_which_only_its_owner_can_read()
    {
        var stranger = new NpgsqlConnectionStringBuilder(
            server.ConnectionString)
        { Password = "guess" }.ConnectionString;

        var problem = await Assert.ThrowsAsync<PostgresException>(() => Scene.QueryAsync<int>(stranger, "select 1"));

        Assert.Equal(PostgresErrorCodes.InvalidPassword, problem.SqlState);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(new ClusterFolder(server.DataDirectory).Password));
    }

    internal static async Task AssertTextsAreKoreanAndEnglishAsync(EmbeddedPostgresServer server)
    {
        Assert.Equal(
            "äé straße 가", await Scene.QueryAsync<string>(server.ConnectionString, "select lower('ÄÉ STRAßE 가')"));
        Assert.Equal("Apple Zebra 가방 나무 하늘", await Scene.QueryAsync<string>(
            server.ConnectionString,
            "select string_agg(word, ' ' order by word) from unnest(array['하늘', 'Zebra', '나무', 'Apple', '가방']) word"));
        Assert.Equal("UTF8", await Scene.QueryAsync<string>(server.ConnectionString, "show server_encoding"));
    }

    public sealed class Running : Scene
    {
        public EmbeddedPostgresServer Server { get; private set; } = null!;

        public override async Task InitializeAsync() => Server = await StartAsync();
    }
}
