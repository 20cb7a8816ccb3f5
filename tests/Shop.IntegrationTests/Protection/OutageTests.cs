using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.Coupons.Queue;
using Shop.IntegrationTests.EmbeddedPostgresTests;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Protection;

/// <summary>A database that goes away and comes back, under a host that stays.</summary>
public sealed class OutageTests : Scene
{
    private static readonly TimeSpan SoonEnough = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task While_the_database_is_gone_answers_are_503_and_when_it_is_back_all_goes_on()
    {
        var server = await StartAsync();
        await using var host = await ShopHost.StartAsync(
            $"{server.ConnectionString};Maximum Pool Size=10", settings: null, WithQueueProcessor);
        var admin = host.Client(
            (await host.Client().PostAsync(
                "/sessions",
                new { email = "admin@shop.local", password = "admin-password" }))["accessToken"].GetString());
        var user = await CreateUserAsync(admin);
        var coupon = await CreateCouponAsync(admin);
        (await ChargeAsync(admin, user)).Expect(HttpStatusCode.OK);

        // Charges go on all the time; the server stops under them and comes back under them.
        using var enough = new CancellationTokenSource();
        var charging = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ChargeUntilAsync(admin, user, enough.Token)));
        await server.DisposeAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => TimedAsync(() => admin.GetAsync($"/users/{user}/balance"))));
        Assert.All(answers, answer => answer.Answer.ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable"));
        Assert.All(answers, answer => Assert.True(answer.Answer.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1)));
        Assert.All(answers, answer => Assert.InRange(answer.Took, TimeSpan.Zero, TimeSpan.FromSeconds(2)));
        (await admin.GetAsync("//health/ready")).Expect(HttpStatusCode.ServiceUnavailable);
        (await admin.GetAsync("//health/live")).Expect(HttpStatusCode.OK);

        await StartAsync();
        var back = Stopwatch.StartNew();
        await UntilAsync(async () => (await admin.GetAsync("//health/ready")).Status == HttpStatusCode.OK);
        await UntilAsync(
            async () =>
                (await admin.PostAsync(
                    $"/coupons/{coupon}/requests", new { userId = user })).Status == HttpStatusCode.Accepted);
        await UntilAsync(async () => (await admin.GetAsync($"/users/{user}/coupons"))["items"].GetArrayLength() == 1);
        Assert.InRange(back.Elapsed, TimeSpan.Zero, SoonEnough);

        await enough.CancelAsync();
        var charges = (await charging).SelectMany(statuses => statuses).Prepend(HttpStatusCode.OK).ToList();
        Assert.All(charges, status => Assert.True(status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable));
        // An acknowledged charge is there; one with a 503 may be.
        var balance = (await admin.GetAsync($"/users/{user}/balance"))["balance"].GetInt64();
        Assert.InRange(balance, 1_000L * charges.Count(status => status == HttpStatusCode.OK), 1_000L * charges.Count);
        Assert.Equal(balance, await host.QueryAsync<long>("select sum(amount)::bigint from wallet.ledger"));
    }

    [Fact]
    public async Task An_outage_is_logged_in_lines_and_not_in_traces()
    {
        var log = new CapturedLog();
        var server = await StartAsync();
        await using var host = await ShopHost.StartAsync(server.ConnectionString, settings: null, services =>
        {
            WithQueueProcessor(services);
            log.AddTo(services);
        });
        await server.DisposeAsync();
        for (var i = 0; i < 3; i++)
            (await host.Client().GetAsync("/products")).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        (await host.Client().GetAsync("//health/ready")).Expect(HttpStatusCode.ServiceUnavailable);

        var loud = log.Entries.Where(entry => entry.Level is >= LogLevel.Warning and not LogLevel.None).ToList();
        Assert.Equal(3, loud.Count(entry => entry.Text.Contains("did not serve", StringComparison.Ordinal)));
        Assert.DoesNotContain(loud, entry => entry.Error is not null);
    }

    [Fact]
    public async Task An_address_that_does_not_answer_is_given_up_in_time()
    {
        // Takes connections and says nothing.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var source = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=x;Password=x;Maximum Pool Size=2");
        var waits = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(_ => TimedAsync(() => Record.ExceptionAsync(async () =>
            {
                await using var db = new Db(source, new OptionsWrapper<DatabaseOptions>(new DatabaseOptions()));
                await db.BeginAsync(CancellationToken.None);
            }))));

        Assert.All(waits, wait => Assert.IsType<NoConnectionException>(wait.Answer));
        Assert.All(waits, wait => Assert.True(Transient.IsUnavailable(wait.Answer!)));
        Assert.All(waits, wait => Assert.InRange(wait.Took, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)));
    }

    private static void WithQueueProcessor(IServiceCollection services) =>
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ProcessQueues>());

    private static async Task<long> CreateUserAsync(ShopClient admin) =>
        (await admin.PostAsync("/admin/users", new { email = "customer@example.com", name = "Customer" }))
            .Expect(HttpStatusCode.Created)["userId"]
            .GetInt64();

    private static async Task<long> CreateCouponAsync(ShopClient admin)
    {
        var now = DateTimeOffset.UtcNow;
        var terms = new
        {
            name = "Welcome",
            discount = new { type = "FIXED", value = 1_000 },
            quantity = 10,
            issueFrom = now.AddHours(-1),
            issueUntil = now.AddHours(1),
            validUntil = now.AddHours(2),
        };
        return (await admin.PostAsync("/admin/coupons", terms)).Expect(HttpStatusCode.Created)["couponId"].GetInt64();
    }

    private static Task<Answer> ChargeAsync(ShopClient admin, long user) =>
        admin.PostAsync($"/users/{user}/balance/charges", new { amount = 1_000 });

    private static async Task<List<HttpStatusCode>> ChargeUntilAsync(
        ShopClient admin, long user, CancellationToken enough)
    {
        var statuses = new List<HttpStatusCode>();
        while (!enough.IsCancellationRequested && statuses.Count < 2_000)
            statuses.Add((await ChargeAsync(admin, user)).Status);
        return statuses;
    }

    private static async Task UntilAsync(Func<Task<bool>> reached)
    {
        var waiting = Stopwatch.StartNew();
        while (!await reached())
            Assert.InRange(waiting.Elapsed, TimeSpan.Zero, 2 * SoonEnough);
    }

    private static async Task<(T Answer, TimeSpan Took)> TimedAsync<T>(Func<Task<T>> ask)
    {
        var watch = Stopwatch.StartNew();
        return (await ask(), watch.Elapsed);
    }
}
