using System.Diagnostics;
using System.Net;
using System.Runtime.Versioning;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Failover;

/// <summary>Commands while the synchronous standby does not answer: acknowledged effects outlive the primary.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FailoverTests : StandbyPair
{
    private const string Waiting = "from pg_stat_activity where wait_event = 'SyncRep'";

    private static readonly TimeSpan CommitTimeout = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan SoonEnough = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_no_standby_has_is_not_acknowledged_and_a_failover_loses_nothing_that_was()
    {
        await using var host = await StartHostAsync();
        var admin = host.Client(await SignInAsync(host));
        // Each order has its own: a commit that waits holds its locks.
        var (one, another) = (await CreateProductAsync(admin), await CreateProductAsync(admin));
        var users = new List<long>();
        for (var i = 0; i < 4; i++)
            users.Add(await CreateUserAsync(admin, $"customer{i}@example.com"));
        await ReplicateSynchronouslyAsync();
        (await ChargeAsync(admin, users[0], key: null)).Expect(HttpStatusCode.OK);

        await StallStandbyAsync();
        var answers = await Task.WhenAll(
            TimedAsync(() => ChargeAsync(admin, users[0], "charge")),
            TimedAsync(() => ChargeAsync(admin, users[1], key: null)),
            TimedAsync(() => OrderAsync(admin, users[2], one, "order")),
            TimedAsync(() => OrderAsync(admin, users[3], another, key: null)));
        Assert.All(answers, answer => ExpectUnknown(answer.Answer));
        Assert.All(answers, answer => Assert.InRange(answer.Took, TimeSpan.Zero, 5 * CommitTimeout));
        // Invisible as long as a failover would lose it.
        Assert.Equal(1_000, await BalanceAsync(admin, users[0]));
        (await ChargeAsync(admin, users[0], "charge"))
            .ExpectProblem(HttpStatusCode.Conflict, "idempotency.in_progress");

        await FailOverAsync();
        await UntilAsync(async () => (await admin.GetAsync("//health/ready")).Status == HttpStatusCode.OK);
        Assert.Equal(1_000, await BalanceAsync(admin, users[0]));
        Assert.Equal(0, await QueryAsync<long>(Standby, "select count(*) from ordering.orders"));
        // The standby may go on alone once it is told to.
        Assert.False((await ChargeAsync(admin, users[0], "charge")).Expect(HttpStatusCode.OK).IsReplay);
        Assert.Equal(2_000, await BalanceAsync(admin, users[0]));
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_is_no_success_and_a_replay_waits_for_the_standby_too()
    {
        await using var host = await StartHostAsync();
        var admin = host.Client(await SignInAsync(host));
        var user = await CreateUserAsync(admin, "customer@example.com");
        await ReplicateSynchronouslyAsync();

        await StallStandbyAsync();
        var charging = ChargeAsync(admin, user, "charge");
        await UntilAsync(Primary, $"select exists (select {Waiting})");
        Assert.True(await QueryAsync<bool>(Primary, $"select pg_cancel_backend(pid) {Waiting}"));
        ExpectUnknown(await charging);

        // Now it is there, and a failover would lose it all the same.
        Assert.Equal(1_000, await BalanceAsync(admin, user));
        ExpectUnknown(await ChargeAsync(admin, user, "charge"));

        await ResumeStandbyAsync();
        await UntilAsync(Primary, $"select not exists (select {Waiting})");
        Assert.True((await ChargeAsync(admin, user, "charge")).Expect(HttpStatusCode.OK).IsReplay);
        Assert.Equal(1_000, await BalanceAsync(admin, user));
    }

    [Fact]
    public async Task Where_there_is_no_primary_nothing_is_done_and_nobody_is_to_blame()
    {
        var settings = new OptionsWrapper<DatabaseOptions>(new DatabaseOptions());
        await using var standbys = NpgsqlDataSource.Create(DatabaseServices.WithDefaults(StandbyAlone));
        await using var db = new Db(standbys, settings);
        var none = await Assert.ThrowsAsync<NoConnectionException>(() => db.BeginAsync(CancellationToken.None));
        Assert.True(Transient.IsUnavailable(none) && Transient.IsInfrastructureFailure(none));

        // One host, as behind a proxy that has not noticed.
        await using var formerPrimary = NpgsqlDataSource.Create(DatabaseServices.WithDefaults(Standby));
        await using var writing = new Db(formerPrimary, settings);
        var refused = await Assert.ThrowsAsync<PostgresException>(
            () => writing.ExecuteAsync("create table public.mine ()", null, CancellationToken.None));
        Assert.Equal(PostgresErrorCodes.ReadOnlySqlTransaction, refused.SqlState);
        Assert.True(Transient.IsUnavailable(refused) && Transient.IsInfrastructureFailure(refused));
        Assert.True(Transient.IsDisconnected(refused));
    }

    private Task<ShopHost> StartHostAsync() => ShopHost.StartAsync(
        $"{Both};Maximum Pool Size=10",
        new Dictionary<string, string> { ["Database:CommitTimeout"] = CommitTimeout.ToString() });

    private static void ExpectUnknown(Answer answer)
    {
        answer.ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        var detail = answer["detail"].GetString();
        Assert.StartsWith("It is not known whether this was done.", detail, StringComparison.Ordinal);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    private static async Task<string> SignInAsync(ShopHost host) =>
        (await host.Client().PostAsync("/sessions", new { email = "admin@shop.local", password = "admin-password" }))
        .Expect(HttpStatusCode.OK)["accessToken"].GetString()!;

    private static async Task<long> CreateUserAsync(ShopClient admin, string email) =>
        (await admin.PostAsync("/admin/users", new { email, name = "Customer" }))
        .Expect(HttpStatusCode.Created)["userId"].GetInt64();

    private static async Task<long> CreateProductAsync(ShopClient admin) =>
        (await admin.PostAsync("/admin/products", new { name = "Keyboard", price = 1_000, stock = 10 }))
        .Expect(HttpStatusCode.Created)["productId"].GetInt64();

    private static Task<Answer> ChargeAsync(ShopClient admin, long user, string? key) =>
        PostAsync(admin, key, $"/users/{user}/balance/charges", new { amount = 1_000 });

    private static Task<Answer> OrderAsync(ShopClient admin, long user, long product, string? key)
    {
        var items = new[] { new { productId = product, quantity = 1 } };
        return PostAsync(admin, key, "/orders", new { userId = user, items });
    }

    private static Task<Answer> PostAsync(ShopClient admin, string? key, string path, object body) =>
        key is null ? admin.PostAsync(path, body) : admin.PostWithKeyAsync(key, path, body);

    private static async Task<long> BalanceAsync(ShopClient admin, long user) =>
        (await admin.GetAsync($"/users/{user}/balance")).Expect(HttpStatusCode.OK)["balance"].GetInt64();

    private static async Task UntilAsync(Func<Task<bool>> reached)
    {
        var waited = Stopwatch.StartNew();
        while (!await reached())
            Assert.InRange(waited.Elapsed, TimeSpan.Zero, SoonEnough);
    }

    private static async Task<(Answer Answer, TimeSpan Took)> TimedAsync(Func<Task<Answer>> ask)
    {
        var watch = Stopwatch.StartNew();
        return (await ask(), watch.Elapsed);
    }
}
