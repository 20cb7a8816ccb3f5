using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class ConfirmTopUpTests : TopUpTest
{
    [Fact]
    public async Task A_payment_that_the_provider_takes_is_credited_and_repeats_answer_the_same()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        var paymentId = await PayAsync(topUpId);
        var first = (await ConfirmAsync(customer, topUpId, paymentId)).Expect(HttpStatusCode.OK);
        Assert.Equal("COMPLETED", first["status"].GetString());
        Assert.Equal(JsonValueKind.Null, first["checkout"].ValueKind);
        Assert.Equal(first.Text, (await ConfirmAsync(customer, topUpId, paymentId)).Expect(HttpStatusCode.OK).Text);
        Assert.Equal(first.Text, (await ConfirmAsync(customer, topUpId, "another")).Expect(HttpStatusCode.OK).Text);
        Assert.Equal(first.Text, (await customer.GetAsync($"/top-ups/{topUpId}")).Text);

        var line = (await customer.GetAsync($"/users/{customer.UserId}/balance/history"))["items"][0];
        Assert.Equal("CHARGE", line.GetProperty("type").GetString());
        Assert.Equal(topUpId, line.GetProperty("reference").GetGuid());
        Assert.Equal(first["transactionId"].GetInt64(), line.GetProperty("transactionId").GetInt64());
        await ExpectBooksAsync(customer, 5_000);
    }

    [Fact]
    public async Task Twenty_confirms_at_once_over_two_hosts_credit_once()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString, clock: Shop.Clock);
        var customer = await SignUpAsync();
        var elsewhere = other.Client(customer.Client.AccessToken);
        var topUpId = await CreateAsync(customer);
        var providerPaymentId = await PayAsync(topUpId);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? customer.Client : elsewhere).PostAsync(
                $"/top-ups/{topUpId}/confirm", new { providerPaymentId })));
        Assert.Contains(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.OK),
            answer => Assert.NotNull(
                answer.ExpectProblem(HttpStatusCode.Conflict, "wallet.top_up_in_progress").Headers.RetryAfter));
        await ExpectBooksAsync(customer, 5_000);
    }

    [Fact]
    public async Task A_declined_payment_fails_the_top_up()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        var declined = await PayAsync(topUpId, approve: false);
        var failed = (await ConfirmAsync(customer, topUpId, declined)).Expect(HttpStatusCode.OK);
        Assert.Equal("FAILED", failed["status"].GetString());
        Assert.Equal("DECLINED", failed["reason"].GetString());
        Assert.Equal(
            failed.Text,
            (await ConfirmAsync(customer, topUpId, await PayAsync(topUpId))).Expect(HttpStatusCode.OK).Text);
        await ExpectBooksAsync(customer, 0);
        Assert.Equal(1, await FigureAsync("wallet.top-ups-failed"));

        async Task<long> FigureAsync(string name) =>
            (await Admin.GetAsync("/admin/figures")).Expect(HttpStatusCode.OK)["figures"].EnumerateArray()
                .Single(figure => figure.GetProperty("name").GetString() == name)
                .GetProperty("values")[0].GetProperty("value").GetInt64();
    }

    [Theory]
    [InlineData(true, "wallet.ledger l where reference")]
    [InlineData(false, "wallet.top_ups l where top_up_id")]
    public async Task What_staff_confirm_for_a_customer_leaves_activity_in_the_transaction_of_its_effect_and_once(
        bool approve, string effect)
    {
        var (customer, support) = (await SignUpAsync(), await SignUpStaffAsync("SUPPORT"));
        var topUpId = await CreateAsync(customer);
        var paymentId = await PayAsync(topUpId, approve: approve);
        for (var i = 0; i < 3; i++)
            (await ConfirmAsync(support, topUpId, i == 0 ? "unknown" : paymentId)).Expect(
                i == 0 ? HttpStatusCode.Conflict : HttpStatusCode.OK);

        var rows = (await Admin.GetAsync("/admin/activity?action=ConfirmTopUp")).Expect(HttpStatusCode.OK)["items"];
        var row = Assert.Single(rows.EnumerateArray());
        Assert.Equal(topUpId.ToString(), row.GetProperty("target").GetProperty("id").GetString());
        Assert.Equal(customer.UserId, row.GetProperty("onBehalfOf").GetInt64());
        Assert.True(await Shop.QueryAsync<bool>($"""
            select (select xmin::text from identity.activity where action = 'ConfirmTopUp')
                = (select xmin::text from {effect} = '{topUpId}')
            """));
    }

    [Fact]
    public async Task A_payment_of_another_order_or_amount_is_refused_and_the_top_up_stays()
    {
        var customer = await SignUpAsync();
        var (topUpId, other) = (await CreateAsync(customer), await CreateAsync(customer));
        foreach (var paymentId in (string[])
        [
            "unknown", await PayAsync(topUpId, amount: 1_000), await PayAsync(topUpId, amount: 6_000),
            await PayAsync(other),
        ])
            (await ConfirmAsync(customer, topUpId, paymentId)).ExpectProblem(
                HttpStatusCode.Conflict, "wallet.payment_mismatch");
        Assert.Equal("PENDING", await StatusOfAsync(customer, topUpId));
        (await ConfirmAsync(customer, topUpId, await PayAsync(topUpId))).Expect(HttpStatusCode.OK);
        await ExpectBooksAsync(customer, 5_000);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"providerPaymentId": null}""")]
    [InlineData("""{"providerPaymentId": ""}""")]
    [InlineData("""{"providerPaymentId": "two words"}""")]
    [InlineData("""{"providerPaymentId": "결제"}""")]
    [InlineData("""{"providerPaymentId": 5}""")]
    public async Task A_malformed_confirm_is_refused(string body)
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        (await customer.Client.SendRawAsync(HttpMethod.Post, $"/top-ups/{topUpId}/confirm", body)).ExpectInvalid(
            "providerPaymentId");
        (await ConfirmAsync(customer, topUpId, new string('x', 201))).ExpectInvalid("providerPaymentId");
    }

    [Fact]
    public async Task An_expired_top_up_takes_no_money_and_lands_if_it_was_paid()
    {
        var customer = await SignUpAsync();
        var (unpaid, paid) = (await CreateAsync(customer), await CreateAsync(customer));
        var paymentId = await PayAsync(unpaid);
        Shop.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal("EXPIRED", await StatusOfAsync(customer, unpaid));
        (await ConfirmAsync(customer, unpaid, paymentId)).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.top_up_expired");
        await LookUpAsync();
        (await ConfirmAsync(customer, unpaid, paymentId)).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.top_up_expired");
        Assert.Equal(
            0, await Shop.QueryAsync<long>("select count(*) from wallet.fake_payments where status = 'DONE'"));

        await Shop.ExecuteAsync($"insert into wallet.fake_payments values ('late', '{paid}', 5000, 'DONE')");
        Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        await LookUpAsync();
        Assert.Equal("COMPLETED", await StatusOfAsync(customer, paid));
        Assert.Equal("EXPIRED", await StatusOfAsync(customer, unpaid));
        await ExpectBooksAsync(customer, 5_000);
    }

    [Fact]
    public async Task An_expired_top_up_is_asked_about_for_a_day()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        Shop.Clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(1, await LookUpAsync());
        var asked = 0;
        for (var hours = 0; hours < 30; hours++)
        {
            Shop.Clock.Advance(TimeSpan.FromHours(1));
            asked += await LookUpAsync();
        }

        Assert.InRange(asked, 20, 26);
        Assert.Equal(
            1, await Shop.QueryAsync<long>("select count(*) from wallet.top_ups where next_lookup_at is null"));
        await Shop.ExecuteAsync($"insert into wallet.fake_payments values ('later', '{topUpId}', 5000, 'DONE')");
        (await Anonymous.PostAsync("/payment-events/fake", new { orderId = topUpId })).Expect(HttpStatusCode.OK);
        await LookUpAsync();
        Assert.Equal(
            5_000,
            await Shop.QueryAsync<long>($"select balance from wallet.wallets where user_id = {customer.UserId}"));
    }

    [Fact]
    public async Task What_was_paid_lands_past_the_maximum()
    {
        var customer = await SignUpAsync(balance: 9_995_000);
        var (one, two) = (await CreateAsync(customer), await CreateAsync(customer));
        (await ConfirmAsync(customer, one, await PayAsync(one))).Expect(HttpStatusCode.OK);
        (await ConfirmAsync(customer, two, await PayAsync(two))).Expect(HttpStatusCode.OK);
        await ExpectBooksAsync(customer, 10_005_000);
    }

    [Fact]
    public async Task The_key_of_another_request_is_refused_before_the_provider_is_asked()
    {
        var customer = await SignUpAsync();
        var (one, two) = (await CreateAsync(customer), await CreateAsync(customer));
        var (first, second) = (await PayAsync(one), await PayAsync(two));
        Task<Answer> ConfirmWithKeyAsync(Guid topUpId, string providerPaymentId) =>
            customer.PostWithKeyAsync("k", $"/top-ups/{topUpId}/confirm", new { providerPaymentId });
        Assert.False((await ConfirmWithKeyAsync(one, first)).Expect(HttpStatusCode.OK).IsReplay);
        Assert.True((await ConfirmWithKeyAsync(one, first)).Expect(HttpStatusCode.OK).IsReplay);
        (await ConfirmWithKeyAsync(two, second)).ExpectProblem(
            HttpStatusCode.UnprocessableEntity, "idempotency.key_reused");
        Assert.Equal("PENDING", await StatusOfAsync(customer, two));
        await ExpectBooksAsync(customer, 5_000);
    }
}

/// <summary>The Fake provider, doing something wrong.</summary>
public sealed class FakeBehaviourTests : TopUpTest
{
    [Theory]
    [InlineData("WrongAmount", HttpStatusCode.Conflict, 0)]
    [InlineData("Down", HttpStatusCode.ServiceUnavailable, 0)]
    [InlineData("PaysTwice", HttpStatusCode.OK, 5_000)]
    public async Task No_behaviour_costs_the_shop_money(string behaviour, HttpStatusCode status, long balance)
    {
        await using var host = await ShopHost.StartAsync(
            Shop.ConnectionString,
            new Dictionary<string, string> { ["Wallet:TopUps:Fake:Behaviour"] = behaviour },
            clock: Shop.Clock);
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        var providerPaymentId = await PayAsync(topUpId);
        var there = host.Client(customer.Client.AccessToken);
        for (var i = 0; i < 2; i++)
            (await there.PostAsync($"/top-ups/{topUpId}/confirm", new { providerPaymentId })).Expect(status);
        Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        await LookUpAsync(host);
        await LookUpAsync(host);
        Assert.Equal(balance, await customer.BalanceAsync());
        Assert.Equal(balance == 0 ? "PENDING" : "COMPLETED", await StatusOfAsync(customer, topUpId));
    }
}
