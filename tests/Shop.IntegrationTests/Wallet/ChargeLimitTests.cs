using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

/// <summary>A shop in which a day has a limit.</summary>
public sealed class ChargeLimitTests : TopUpTest
{
    private static readonly Dictionary<string, string> Limited = new() { ["Wallet:DailyChargeLimit"] = "50000" };

    [Fact]
    public async Task A_day_takes_charges_up_to_its_limit_and_the_next_begins_at_midnight_in_the_shop()
    {
        var customer = await SignUpAsync(balance: 30_000);
        (await Admin.PostAsync(
            $"/admin/users/{customer.UserId}/balance/adjustments", new { amount = 40_000, reason = "counts not" }))
            .Expect(HttpStatusCode.Created);
        var over = (await customer.ChargeAsync(20_001)).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.daily_limit_exceeded");
        Assert.Equal(50_000, over["limit"].GetInt64());
        Assert.Equal(20_000, over["remaining"].GetInt64());
        (await customer.ChargeAsync(20_000)).Expect(HttpStatusCode.OK);
        Assert.Equal(
            0,
            (await customer.ChargeAsync(1_000)).ExpectProblem(
                HttpStatusCode.Conflict, "wallet.daily_limit_exceeded")["remaining"].GetInt64());

        var seoul = TimeZoneInfo.ConvertTime(Shop.Clock.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById("Asia/Seoul"));
        Shop.Clock.Advance(TimeSpan.FromDays(1) - seoul.TimeOfDay + TimeSpan.FromSeconds(1));
        // Sessions last for less than a day.
        var tomorrow = Shop.Client(await SignInAsync(customer.Email, "correct horse"));
        (await tomorrow.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 50_000 })).Expect(
            HttpStatusCode.OK);
        (await tomorrow.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 })).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.daily_limit_exceeded");
    }

    [Fact]
    public async Task A_hundred_charges_at_once_over_two_hosts_never_pass_the_limit()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString, Limited, clock: Shop.Clock);
        var customer = await SignUpAsync();
        var elsewhere = other.Client(customer.Client.AccessToken);
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i =>
            (i % 2 == 0 ? customer.Client : elsewhere).PostAsync(
                $"/users/{customer.UserId}/balance/charges", new { amount = 1_500 })));

        Assert.Equal(33, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.OK),
            answer => Assert.Equal(
                500,
                answer.ExpectProblem(HttpStatusCode.Conflict, "wallet.daily_limit_exceeded")["remaining"].GetInt64()));
        Assert.Equal(49_500, await customer.BalanceAsync());
    }

    [Fact]
    public async Task Charges_and_top_ups_at_once_over_two_hosts_never_pass_the_limit_together()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString, Limited, clock: Shop.Clock);
        var customer = await SignUpAsync();
        var elsewhere = other.Client(customer.Client.AccessToken);
        var charges = Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? customer.Client : elsewhere).PostAsync(
            $"/users/{customer.UserId}/balance/charges", new { amount = 1_500 }));
        var topUps = Enumerable.Range(0, 8).Select(i => TopUpAsync(i % 2 == 0 ? customer.Client : elsewhere));
        var answers = await Task.WhenAll(charges.Concat(topUps).ToList());

        var taken = await Shop.QueryAsync<long>($"""
            select (select coalesce(sum(amount), 0) from wallet.ledger where user_id = {customer.UserId})::bigint
                + (select coalesce(sum(amount), 0) from wallet.top_ups
                    where user_id = {customer.UserId} and status = 'PENDING')::bigint
            """);
        Assert.InRange(taken, 48_501, 50_000);
        Assert.Contains(answers, answer => answer.Status == HttpStatusCode.Conflict);
        await ExpectBooksAsync(customer, taken);

        async Task<Answer> TopUpAsync(ShopClient client)
        {
            var created = await client.PostAsync($"/users/{customer.UserId}/top-ups", new { amount = 5_000 });
            if (created.Status != HttpStatusCode.Created)
                return created;
            var topUpId = created["topUpId"].GetGuid();
            return (await client.PostAsync(
                $"/top-ups/{topUpId}/confirm", new { providerPaymentId = await PayAsync(topUpId) }))
                .Expect(HttpStatusCode.OK);
        }
    }

    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync(Limited);
}

/// <summary>A shop in which wallets are charged by its staff.</summary>
public sealed class ClosedChargingTests : ShopTest
{
    [Fact]
    public async Task Who_may_adjust_may_charge_and_nobody_else()
    {
        var customer = await SignUpAsync();
        (await customer.ChargeAsync(1_000)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        var support = await SignUpStaffAsync("SUPPORT");
        (await support.ChargeAsync(customer.UserId, 1_000)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        var finance = await SignUpStaffAsync("FINANCE");
        (await finance.ChargeAsync(1_000)).Expect(HttpStatusCode.OK);
        (await Admin.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 })).Expect(
            HttpStatusCode.OK);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    private protected override Task<ShopHost> StartAsync() =>
        ShopHost.StartAsync(new Dictionary<string, string> { ["Wallet:CustomersMayCharge"] = "false" });
}
