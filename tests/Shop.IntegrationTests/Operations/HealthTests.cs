using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Shop.EmbeddedPostgres;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class HealthTests : ShopTest
{
    private const string Ready = "//health/ready";

    [Fact]
    public async Task A_host_whose_pool_is_used_up_is_ready()
    {
        var source = Shop.Services.GetRequiredService<NpgsqlDataSource>();
        var size = new NpgsqlConnectionStringBuilder(Shop.ConnectionString).MaxPoolSize;
        var taken = await Task.WhenAll(Enumerable.Range(0, size).Select(async _ => await source.OpenConnectionAsync()));
        (await Anonymous.GetAsync("/products")).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        for (var i = 0; i < 6; i++)
            (await Anonymous.GetAsync(Ready)).Expect(HttpStatusCode.OK);
        foreach (var connection in taken)
            await connection.DisposeAsync();
    }

    [Fact]
    public async Task Probes_that_come_at_once_share_a_connection()
    {
        var probes = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Shop.Client().GetAsync(Ready)));
        Assert.All(probes, probe => probe.Expect(HttpStatusCode.OK));
        var connections = await Shop.QueryAsync<long>("""
            select count(*) from pg_stat_activity
            where datname = current_database() and application_name like 'shop%-health'
            """);
        Assert.InRange(connections, 1, 2);
    }

    [Theory]
    [InlineData("drop table catalog.migrations")]
    [InlineData("drop schema ranking cascade")]
    [InlineData("update catalog.migrations set sha256 = 'other' where number = 1")]
    public async Task A_database_that_is_not_migrated_is_not_ready(string spoil)
    {
        await Shop.ExecuteAsync(spoil);
        var probe = (await Anonymous.GetAsync(Ready)).Expect(HttpStatusCode.ServiceUnavailable);
        Assert.Contains("Migrations are missing", probe.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_told_to_stop_is_not_ready_at_once()
    {
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString);
        using var stop = HeldStop.Of(host);
        var probe = (await host.Client().GetAsync(Ready)).Expect(HttpStatusCode.ServiceUnavailable);
        Assert.Contains("stopping", probe.Text, StringComparison.Ordinal);
        (await host.Client().GetAsync("//health/live")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Health_has_a_listener_of_its_own_that_answers_when_all_connections_are_used_up()
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Pick()}");
        var settings = new Dictionary<string, string>
        {
            ["Health:Urls"] = address.ToString(),
            ["Http:MaximumConnections"] = "2",
        };
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, settings);
        var shop = host.Client().Address;
        using var one = await RawConnection.OpenAsync(shop);
        using var two = await RawConnection.OpenAsync(shop, from: "127.0.0.2");
        Assert.True(await RawConnection.IsRefusedAsync(shop, from: "127.0.0.3"));

        using var http = new HttpClient { BaseAddress = address };
        Assert.Equal(HttpStatusCode.OK, await StatusOfAsync("/health/live"));
        Assert.Equal(HttpStatusCode.OK, await StatusOfAsync("/health/ready"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusOfAsync("/api/v1/products"));
        using var post = await http.PostAsync("/health/ready", null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
        Assert.Equal(["nosniff"], post.Headers.GetValues("X-Content-Type-Options"));
        Assert.False(post.Headers.Contains("Server"));

        // The main listener goes on serving it too.
        await one.SendAsync("GET", "/health/ready", []);
        Assert.Equal(200, (await one.ReadAsync()).Status);
        using var stop = HeldStop.Of(host);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusOfAsync("/health/ready"));

        async Task<HttpStatusCode> StatusOfAsync(string path)
        {
            using var answer = await http.GetAsync(path);
            return answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("https://127.0.0.1:8443")]
    [InlineData("http://127.0.0.1:8081/path")]
    [InlineData("8081")]
    public async Task A_listener_that_makes_no_sense_stops_the_start(string urls)
    {
        var (_, line) = await FailingStart.OfAsync(Shop.ConnectionString, ("Health:Urls", urls));
        Assert.Contains("Health:Urls", line, StringComparison.Ordinal);
    }

    /// <summary>A host that has been told to stop, and does not get further until the end of the test.</summary>
    private sealed class HeldStop : IDisposable
    {
        private readonly ManualResetEventSlim end = new();
        private readonly Task stopping;

        private HeldStop(IHostApplicationLifetime lifetime)
        {
            lifetime.ApplicationStopping.Register(end.Wait);
            stopping = Task.Run(lifetime.StopApplication);
            SpinWait.SpinUntil(() => lifetime.ApplicationStopping.IsCancellationRequested);
        }

        public static HeldStop Of(ShopHost host) => new(host.Services.GetRequiredService<IHostApplicationLifetime>());

        public void Dispose()
        {
            end.Set();
            stopping.Wait();
            end.Dispose();
        }
    }
}
