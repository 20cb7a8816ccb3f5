using System.Diagnostics;
using System.Net;
using System.Runtime.Versioning;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Database.Replicas;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Failover;

/// <summary>Reads of a host with a replica: which server answers, and what they see.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ReplicaReadTests : StandbyPair
{
    private const string Header = "Shop-Position";

    private ShopHost host = null!;
    private ShopClient admin = null!;
    private ShopClient anonymous = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        host = await ShopHost.StartAsync(
            Primary, new Dictionary<string, string> { ["ConnectionStrings:ShopReplica"] = Standby });
        anonymous = host.Client();
        admin = host.Client((await anonymous.PostAsync(
            "/sessions", new { email = "admin@shop.local", password = "admin-password" }))
            .Expect(HttpStatusCode.OK)["accessToken"].GetString()!);
        await CatchUpAsync();
        await LookAsync();
        Assert.True(host.Services.GetRequiredService<Replica>().IsServing);
    }

    public override async Task DisposeAsync()
    {
        if (host is not null)
            await host.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_read_that_brings_a_position_sees_its_command_and_another_may_be_behind()
    {
        var created = await CreateProductAsync();
        var path = $"/products/{created["productId"].GetInt64()}";
        await CatchUpAsync();
        Assert.Equal(1_000, await PriceAsync(path, PositionOf(created)));

        await PauseReplayAsync();
        var changed = (await admin.PatchAsync($"/admin{path}", new { price = 2_000 })).Expect(HttpStatusCode.OK);
        Assert.Equal(1_000, await PriceAsync(path));
        Assert.Equal(2_000, await PriceAsync(path, PositionOf(changed)));
        Assert.Equal(1_000, (await anonymous.GetAsync("/products"))["items"][0].GetProperty("price").GetInt64());
        var listed = await anonymous.GetAsync("/products", (Header, PositionOf(changed)));
        Assert.Equal(2_000, listed["items"][0].GetProperty("price").GetInt64());

        await ResumeReplayAsync();
        await CatchUpAsync();
        Assert.Equal(2_000, await PriceAsync(path));
        Assert.Equal(2_000, await PriceAsync(path, PositionOf(changed)));
    }

    [Fact]
    public async Task A_personal_read_goes_to_the_replica_with_a_position_alone()
    {
        const string ReadOnReplica = """
            select exists (
                select from pg_stat_activity where application_name like 'shop-2%' and query like '%wallet.wallets%')
            """;
        var user = (await admin.PostAsync("/admin/users", new { email = "customer@example.com", name = "Customer" }))
            .Expect(HttpStatusCode.Created)["userId"].GetInt64();
        var charged = (await admin.PostWithKeyAsync("charge", $"/users/{user}/balance/charges", new { amount = 1_000 }))
            .Expect(HttpStatusCode.OK);
        var replay = await admin.PostWithKeyAsync("charge", $"/users/{user}/balance/charges", new { amount = 1_000 });
        Assert.True(replay.IsReplay && IsBehind(PositionOf(charged), PositionOf(replay)));
        await CatchUpAsync();

        Assert.Equal(1_000, (await admin.GetAsync($"/users/{user}/balance"))["balance"].GetInt64());
        Assert.False(await QueryAsync<bool>(Standby, ReadOnReplica));
        var read = await admin.GetAsync($"/users/{user}/balance", (Header, PositionOf(replay)));
        Assert.Equal(1_000, read["balance"].GetInt64());
        Assert.True(await QueryAsync<bool>(Standby, ReadOnReplica));
        Assert.False(read.Headers.Contains(Header));
    }

    [Fact]
    public async Task A_position_that_none_can_reach_costs_a_tenth_of_a_second_and_a_malformed_one_is_refused()
    {
        (await CreateProductAsync()).Expect(HttpStatusCode.Created);
        await CatchUpAsync();
        foreach (var unreachable in (string[])["1.FFFFFFFFFFFFFFFF", "FFFFFFFF.0", "7FFFFFFF.1"])
        {
            var watch = Stopwatch.StartNew();
            Assert.Single((await anonymous.GetAsync("/products", (Header, unreachable)))["items"].EnumerateArray());
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }

        foreach (var malformed in (string[])["1", ".", "1.", "x.1", "1.10000000000000000", "1.1.1", "1.a", "-1.0", ""])
        {
            var refused = await anonymous.GetAsync("/products", (Header, malformed));
            refused.ExpectProblem(HttpStatusCode.BadRequest, "validation");
            Assert.True(refused["errors"].TryGetProperty(Header, out _));
        }
    }

    [Fact]
    public async Task Without_a_replica_that_answers_in_time_the_primary_does()
    {
        var replica = host.Services.GetRequiredService<Replica>();
        var path = $"/products/{(await CreateProductAsync())["productId"].GetInt64()}";
        await CatchUpAsync();

        // Too far behind.
        await PauseReplayAsync();
        (await admin.PatchAsync($"/admin{path}", new { price = 2_000 })).Expect(HttpStatusCode.OK);
        await LookAsync();
        Assert.Equal(1_000, await PriceAsync(path));
        host.Clock.Advance(TimeSpan.FromSeconds(10));
        await LookAsync();
        Assert.False(replica.IsServing);
        Assert.Equal(2_000, await PriceAsync(path));
        Assert.Contains("Degraded", (await anonymous.GetAsync("//health/ready")).Expect(HttpStatusCode.OK).Text);
        await ResumeReplayAsync();
        await CatchUpAsync();
        await LookAsync();
        Assert.True(replica.IsServing);

        // Killed, under readers: the first that meets it finds the primary, and those behind it do not ask.
        await StopStandbyAsync();
        var reads = Enumerable.Range(0, 20).Select(_ => PriceAsync(path));
        Assert.All(await Task.WhenAll(reads), price => Assert.Equal(2_000, price));
        Assert.False(replica.IsServing);
        await LookAsync();
        Assert.False(replica.IsServing);

        await StartStandbyAsync();
        await LookAsync();
        Assert.True(replica.IsServing);
        Assert.Equal(2_000, await PriceAsync(path));
    }

    [Fact]
    public async Task A_read_that_the_replay_ends_is_read_again_and_a_write_is_refused()
    {
        await ExecuteAsync(Standby, "alter system set max_standby_streaming_delay = 0");
        await ExecuteAsync(Standby, "select pg_reload_conf()");
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        db.Route = new ReadRoute(Position: null);

        var asked = new List<bool>();
        var ended = db.ReadAsync(
            async (session, ct) =>
            {
                asked.Add(await session.ExecuteScalarAsync<bool>("select pg_is_in_recovery()"));
                if (!asked[^1])
                    return "primary";
                await using var reading = await session.BeginTransactionAsync(ct);
                await session.ExecuteAsync("select count(*) from catalog.categories");
                // The replay needs the lock that this session holds.
                await ExecuteAsync(
                    Primary, "do $$ begin lock table catalog.categories in access exclusive mode; end $$");
                return await session.ExecuteScalarAsync<string>("select pg_sleep(30)::text");
            },
            CancellationToken.None);
        Assert.Equal("primary", await ended);
        Assert.Equal([true, false], asked);

        // PostgreSQL may have ended the session too, which closes the way until a look.
        await CatchUpAsync();
        await LookAsync();
        var refused = await Assert.ThrowsAsync<PostgresException>(() => db.QuerySingleAsync<long>(
            "insert into catalog.categories (name) values ('Keyboards') returning category_id",
            null,
            CancellationToken.None));
        Assert.Equal(PostgresErrorCodes.ReadOnlySqlTransaction, refused.SqlState);
        // Also where the replica has become a primary.
        Assert.Equal("on", await db.QuerySingleAsync<string>(
            "show default_transaction_read_only", null, CancellationToken.None));
    }

    [Fact]
    public async Task The_audit_reads_the_replica_and_a_browser_keeps_its_position()
    {
        var user = (await admin.PostAsync("/admin/users", new { email = "customer@example.com", name = "Customer" }))
            .Expect(HttpStatusCode.Created);
        await CatchUpAsync();
        await PauseReplayAsync();
        await ExecuteAsync(Primary, "update wallet.wallets set balance = 1");
        Assert.True((await admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK)["consistent"].GetBoolean());
        // The primary keeps the position of the audit.
        Assert.Equal(1, await QueryAsync<long>(Primary, "select count(*) from shop.audit_position"));

        var written = (await admin.PatchAsync($"/admin/users/{user["userId"].GetInt64()}", new { status = "DISABLED" }))
            .Expect(HttpStatusCode.OK);
        var audited = await admin.GetAsync("/admin/audit", (Header, PositionOf(written)));
        Assert.False(audited.Expect(HttpStatusCode.OK)["consistent"].GetBoolean());

        using var browser = new HttpClient(new HttpClientHandler { UseCookies = true }) { BaseAddress = admin.Address };
        browser.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        using var body = new StringContent(
            """{"email": "admin@shop.local", "password": "admin-password"}""", null, "application/json");
        using var opened = await browser.PostAsync("/api/v1/browser-sessions", body);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        using var refreshed = await browser.PostAsync("/api/v1/browser-sessions/refresh", null);
        var position = refreshed.Headers.GetValues(Header).Single();
        Assert.Contains(
            refreshed.Headers.GetValues("Set-Cookie"),
            cookie => cookie.StartsWith($"shop-position={position};", StringComparison.Ordinal)
                && cookie.Contains("httponly", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_host_without_a_replica_knows_no_position()
    {
        await using var other = await ShopHost.StartAsync(Primary);
        var client = other.Client(admin.AccessToken);
        var created = await client.PostAsync("/admin/products", new { name = "Keyboard", price = 1_000, stock = 1 });
        Assert.False(created.Expect(HttpStatusCode.Created).Headers.Contains(Header));
        (await client.GetAsync("/products", (Header, "malformed"))).Expect(HttpStatusCode.OK);
        Assert.Null(other.Services.GetService<Replica>());
    }

    private Task<int> LookAsync() =>
        host.Services.GetRequiredService<ReplicaWatch>().RunOnceAsync(CancellationToken.None);

    private async Task<Answer> CreateProductAsync() =>
        (await admin.PostAsync("/admin/products", new { name = "Keyboard", price = 1_000, stock = 10 }))
        .Expect(HttpStatusCode.Created);

    private async Task<long> PriceAsync(string path, string? position = null) =>
        (position is null ? await anonymous.GetAsync(path) : await anonymous.GetAsync(path, (Header, position)))
        .Expect(HttpStatusCode.OK)["price"].GetInt64();

    private static string PositionOf(Answer answer) => answer.Headers.GetValues(Header).Single();

    private static bool IsBehind(string one, string other) =>
        LogPosition.TryParse(one, out var first) && LogPosition.TryParse(other, out var second)
        && first.IsReachedBy(second);
}
