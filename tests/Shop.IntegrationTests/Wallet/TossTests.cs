using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

/// <summary>A shop with Toss Payments, against a stand-in.</summary>
public sealed class TossTests : TopUpTest, IAsyncLifetime
{
    private static readonly TimeSpan PastLease = TimeSpan.FromSeconds(70);

    private TossStandIn toss = null!;

    async Task IAsyncLifetime.InitializeAsync()
    {
        toss = await TossStandIn.StartAsync();
        await InitializeAsync();
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        await toss.DisposeAsync();
    }

    [Fact]
    public async Task A_payment_is_confirmed_with_the_amount_and_order_that_are_stored()
    {
        var customer = await SignUpAsync();
        var created = (await PostAsync(customer, 5_000)).Expect(HttpStatusCode.Created);
        var topUpId = created["topUpId"].GetGuid();
        Assert.Equal("TOSS", created["provider"].GetString());
        Assert.Equal("test_ck_public", created["checkout"].GetProperty("clientKey").GetString());
        Assert.Equal(topUpId, created["checkout"].GetProperty("orderId").GetGuid());
        Assert.Equal(5_000, created["checkout"].GetProperty("amount").GetInt64());

        (await ConfirmAsync(customer, topUpId, toss.Authenticate(topUpId, 1_000))).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.payment_mismatch");
        (await ConfirmAsync(customer, topUpId, toss.Authenticate(Guid.NewGuid(), 5_000))).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.payment_mismatch");
        var done = (await ConfirmAsync(customer, topUpId, toss.Authenticate(topUpId, 5_000))).Expect(
            HttpStatusCode.OK);
        Assert.Equal("COMPLETED", done["status"].GetString());
        await ExpectBooksAsync(customer, 5_000);
    }

    [Theory]
    [InlineData(403, "REJECT_CARD_PAYMENT", HttpStatusCode.OK, "FAILED")]
    [InlineData(400, "INVALID_CARD_EXPIRATION", HttpStatusCode.OK, "FAILED")]
    [InlineData(404, "NOT_FOUND_PAYMENT", HttpStatusCode.Conflict, "PENDING")]
    [InlineData(400, "ALREADY_PROCESSED_PAYMENT", HttpStatusCode.Conflict, "PENDING")]
    [InlineData(401, "UNAUTHORIZED_KEY", HttpStatusCode.ServiceUnavailable, "PENDING")]
    [InlineData(429, "TOO_MANY_REQUESTS", HttpStatusCode.ServiceUnavailable, "PENDING")]
    [InlineData(500, "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING", HttpStatusCode.ServiceUnavailable, "PENDING")]
    public async Task Its_errors_fail_the_top_up_or_leave_it(
        int status, string code, HttpStatusCode answer, string then)
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        toss.Fails = (status, code);
        var confirmed = (await ConfirmAsync(customer, topUpId, toss.Authenticate(topUpId, 5_000))).Expect(answer);
        if (then == "FAILED")
            Assert.Equal(code, confirmed["reason"].GetString());
        Assert.Equal(then, await StatusOfAsync(customer, topUpId));
        await ExpectBooksAsync(customer, 0);
    }

    [Fact]
    public async Task Money_that_is_taken_late_lands_after_another_payment_was_declined()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        var first = toss.Authenticate(topUpId, 5_000);
        toss.Fails = (500, "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING");
        (await ConfirmAsync(customer, topUpId, first)).Expect(HttpStatusCode.ServiceUnavailable);
        toss.Fails = (403, "REJECT_CARD_PAYMENT");
        (await ConfirmAsync(customer, topUpId, toss.Authenticate(topUpId, 5_000))).Expect(HttpStatusCode.OK);
        Assert.Equal("FAILED", await StatusOfAsync(customer, topUpId));

        Shop.Clock.Advance(PastLease);
        await LookUpAsync();
        Assert.Equal("FAILED", await StatusOfAsync(customer, topUpId));
        toss.Take(first);
        Assert.Equal(0, await LookUpAsync());
        Shop.Clock.Advance(TimeSpan.FromSeconds(2));
        (await Anonymous.PostAsync("/payment-events/toss", new { orderId = topUpId })).Expect(HttpStatusCode.OK);
        Assert.Equal(1, await LookUpAsync());
        Assert.Equal("COMPLETED", await StatusOfAsync(customer, topUpId));
        await ExpectBooksAsync(customer, 5_000);
    }

    [Fact]
    public async Task An_event_of_a_payment_that_was_declined_asks_nothing()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        toss.Fails = (403, "REJECT_CARD_PAYMENT");
        (await ConfirmAsync(customer, topUpId, toss.Authenticate(topUpId, 5_000))).Expect(HttpStatusCode.OK);
        (await Anonymous.PostAsync("/payment-events/toss", new { orderId = topUpId })).Expect(HttpStatusCode.OK);
        Assert.Equal(0, await LookUpAsync());
    }

    [Theory]
    [InlineData("application/json; charset=utf8")]
    [InlineData("application/json; charset=nothing-known")]
    [InlineData("text/plain")]
    public async Task An_answer_is_read_whatever_charset_its_header_names(string contentType)
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        toss.ContentType = contentType;
        toss.Fails = (500, "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING");
        var paymentKey = toss.Authenticate(topUpId, 5_000);
        (await ConfirmAsync(customer, topUpId, paymentKey)).ExpectProblem(
            HttpStatusCode.ServiceUnavailable, "unavailable");
        toss.Fails = null;
        (await ConfirmAsync(customer, topUpId, paymentKey)).Expect(HttpStatusCode.OK);
        await ExpectBooksAsync(customer, 5_000);
    }

    [Theory]
    [InlineData("\0")]
    [InlineData(" ")]
    [InlineData("카드")]
    public async Task A_payment_key_that_no_provider_gives_is_no_answer(string end)
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        toss.KeyEnd = end;
        (await ConfirmAsync(customer, topUpId, toss.Authenticate(topUpId, 5_000))).ExpectProblem(
            HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.Equal("PENDING", await StatusOfAsync(customer, topUpId));
        Shop.Clock.Advance(PastLease);
        Assert.Equal(1, await LookUpAsync());
        Assert.Equal("PENDING", await StatusOfAsync(customer, topUpId));
        toss.KeyEnd = "";
        Shop.Clock.Advance(TimeSpan.FromMinutes(5));
        await LookUpAsync();
        await ExpectBooksAsync(customer, 5_000);
    }

    [Fact]
    public async Task A_confirm_by_staff_leaves_activity_where_the_worker_settles_first()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        var isFirst = true;
        // The lease runs out while the provider is slow, and the worker asks.
        toss.BeforeAnswer = async _ =>
        {
            if (!isFirst)
                return;
            isFirst = false;
            Shop.Clock.Advance(PastLease);
            await LookUpAsync();
        };
        var confirmed = (await Admin.PostAsync(
            $"/top-ups/{topUpId}/confirm", new { providerPaymentId = toss.Authenticate(topUpId, 5_000) }))
            .Expect(HttpStatusCode.OK);
        Assert.Equal("COMPLETED", confirmed["status"].GetString());
        var activity = (await Admin.GetAsync("/admin/activity")).Expect(HttpStatusCode.OK)["items"];
        Assert.Single(
            activity.EnumerateArray(),
            row => row.GetProperty("action").GetString() == "ConfirmTopUp");
        await ExpectBooksAsync(customer, 5_000);
    }

    [Fact]
    public async Task A_confirm_by_staff_whose_answer_was_lost_leaves_its_row_with_the_workers_credit()
    {
        var (customer, support) = (await SignUpAsync(), await SignUpStaffAsync("SUPPORT"));
        var (credited, repeated, taken, none) = (
            await CreateAsync(customer), await CreateAsync(customer), await CreateAsync(customer),
            await CreateAsync(customer));
        toss.BeforeAnswer = http =>
        {
            http.Abort();
            return Task.CompletedTask;
        };
        foreach (var topUpId in (Guid[])[credited, repeated, taken])
            (await ConfirmAsync(support, topUpId, toss.Authenticate(topUpId, 5_000))).ExpectProblem(
                HttpStatusCode.ServiceUnavailable, "unavailable");
        toss.Fails = (500, "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING");
        (await ConfirmAsync(support, none, toss.Authenticate(none, 5_000))).ExpectProblem(
            HttpStatusCode.ServiceUnavailable, "unavailable");
        (toss.BeforeAnswer, toss.Fails) = (_ => Task.CompletedTask, null);
        Assert.Equal("", await ActorsAsync(credited));

        Shop.Clock.Advance(PastLease);
        (await ConfirmAsync(support, repeated, "other")).Expect(HttpStatusCode.OK);
        (await Admin.PostAsync($"/top-ups/{taken}/confirm", new { providerPaymentId = "other" }))
            .Expect(HttpStatusCode.OK);
        await Task.WhenAll(LookUpAsync(), LookUpAsync());
        (await ConfirmAsync(support, credited, "other")).Expect(HttpStatusCode.OK);

        Assert.Equal($"{support.UserId}", await ActorsAsync(credited));
        Assert.Equal($"{support.UserId}", await ActorsAsync(repeated));
        Assert.Equal($"1 {support.UserId}", await ActorsAsync(taken));
        Assert.Equal("", await ActorsAsync(none));
        Assert.True(await Shop.QueryAsync<bool>($"""
            select (select xmin::text from identity.activity where target_id = '{credited}')
                = (select xmin::text from wallet.ledger where reference = '{credited}')
            """));
        await ExpectBooksAsync(customer, 15_000);
    }

    [Fact]
    public async Task A_confirm_by_staff_that_another_replaces_leaves_its_row_for_money_that_comes_late()
    {
        var (customer, support) = (await SignUpAsync(), await SignUpStaffAsync("SUPPORT"));
        var topUpId = await CreateAsync(customer);
        var late = toss.Authenticate(topUpId, 5_000);
        toss.Fails = (500, "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING");
        (await ConfirmAsync(support, topUpId, late)).Expect(HttpStatusCode.ServiceUnavailable);
        toss.Fails = (403, "REJECT_CARD_PAYMENT");
        (await ConfirmAsync(customer, topUpId, toss.Authenticate(topUpId, 5_000))).Expect(HttpStatusCode.OK);
        toss.Take(late);
        Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        await LookUpAsync();
        Assert.Equal("COMPLETED", await StatusOfAsync(customer, topUpId));
        Assert.Equal($"{support.UserId}", await ActorsAsync(topUpId));
    }

    private async Task<string?> ActorsAsync(Guid topUpId) => await Shop.QueryAsync<string>($"""
        select coalesce(string_agg(actor_id, ' ' order by actor_id::bigint), '') from identity.activity
        where action = 'ConfirmTopUp' and target_id = '{topUpId}'
        """);

    [Fact]
    public async Task A_payment_that_waits_for_its_confirm_can_be_confirmed_again()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        var payment = toss.Authenticate(topUpId, 5_000);
        toss.Fails = (500, "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING");
        (await ConfirmAsync(customer, topUpId, payment)).Expect(HttpStatusCode.ServiceUnavailable);
        toss.Fails = null;
        (await ConfirmAsync(customer, topUpId, payment)).Expect(HttpStatusCode.OK);
        Assert.Equal("COMPLETED", await StatusOfAsync(customer, topUpId));
        await ExpectBooksAsync(customer, 5_000);
    }

    [Fact]
    public async Task An_amount_that_is_not_what_was_asked_for_credits_nothing()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        toss.LiesBy = 1;
        (await ConfirmAsync(customer, topUpId, toss.Authenticate(topUpId, 5_000))).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.payment_mismatch");
        await ExpectBooksAsync(customer, 0);
    }

    [Theory]
    [InlineData("PARTIAL_CANCELED", 2_000L, HttpStatusCode.OK, "COMPLETED", 3_000)]
    [InlineData("PARTIAL_CANCELED", 5_000L, HttpStatusCode.ServiceUnavailable, "PENDING", 0)]
    [InlineData("PARTIAL_CANCELED", -1L, HttpStatusCode.ServiceUnavailable, "PENDING", 0)]
    [InlineData("PARTIAL_CANCELED", null, HttpStatusCode.ServiceUnavailable, "PENDING", 0)]
    [InlineData("CANCELED", 5_000L, HttpStatusCode.OK, "FAILED", 0)]
    public async Task Of_money_that_was_given_back_there_the_rest_is_credited(
        string status, long? givenBack, HttpStatusCode answer, string then, long balance)
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        (toss.Status, toss.GivenBack) = (status, givenBack);
        (await ConfirmAsync(customer, topUpId, toss.Authenticate(topUpId, 5_000))).Expect(answer);
        Assert.Equal(then, await StatusOfAsync(customer, topUpId));
        Assert.Equal(
            then == "COMPLETED" ? givenBack : 0,
            (await customer.GetAsync($"/top-ups/{topUpId}")).Expect(HttpStatusCode.OK)["givenBack"].GetInt64());
        await ExpectBooksAsync(customer, balance);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_is_lost_after_the_money_was_taken_is_found_again_and_credited_once(bool byWorker)
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        var paymentKey = toss.Authenticate(topUpId, 5_000);
        toss.BeforeAnswer = http =>
        {
            http.Abort();
            return Task.CompletedTask;
        };
        (await ConfirmAsync(customer, topUpId, paymentKey)).ExpectProblem(
            HttpStatusCode.ServiceUnavailable, "unavailable");
        Shop.Clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal("PENDING", await StatusOfAsync(customer, topUpId));
        toss.BeforeAnswer = _ => Task.CompletedTask;
        if (byWorker)
            await Task.WhenAll(LookUpAsync(), LookUpAsync());
        else
            (await ConfirmAsync(customer, topUpId, toss.Authenticate(topUpId, 5_000))).Expect(HttpStatusCode.OK);
        Assert.Equal("COMPLETED", await StatusOfAsync(customer, topUpId));
        Assert.Equal((1, 5_000), (toss.Confirms, toss.Taken));
        await ExpectBooksAsync(customer, 5_000);
    }

    [Fact]
    public async Task A_provider_that_hangs_holds_no_connection_and_no_permit()
    {
        await using var small = await ShopHost.StartAsync(
            Shop.ConnectionString,
            new Dictionary<string, string>(toss.Settings)
            {
                ["Wallet:TopUps:Timeout"] = "00:00:14",
                // One place for each customer.
                ["Wallet:TopUps:Concurrency"] = "8",
                ["Overload:MaximumConcurrency"] = "2",
                ["Overload:QueueLength"] = "0",
            },
            clock: Shop.Clock);
        var finished = await SignUpAsync();
        var done = await CreateAsync(finished);
        var paid = toss.Authenticate(done, 5_000);
        var answer = (await finished.PostWithKeyAsync(
            "done", $"/top-ups/{done}/confirm", new { providerPaymentId = paid })).Expect(HttpStatusCode.OK);
        var hang = new TaskCompletionSource();
        var arrived = new SemaphoreSlim(0);
        toss.BeforeAnswer = _ =>
        {
            arrived.Release();
            return hang.Task;
        };
        var hung = new List<Task<Answer>>();
        var customers = new List<(Customer Customer, Guid TopUpId)>();
        for (var i = 0; i < 4; i++)
        {
            var customer = i == 0 ? finished : await SignUpAsync();
            var topUpId = await CreateAsync(customer);
            customers.Add((customer, topUpId));
            hung.Add(small.Client(customer.Client.AccessToken).PostAsync(
                $"/top-ups/{topUpId}/confirm", new { providerPaymentId = toss.Authenticate(topUpId, 5_000) }));
            await arrived.WaitAsync();
        }

        var (first, pending) = customers[0];
        (await small.Client(first.Client.AccessToken).GetAsync($"/users/{first.UserId}/balance")).Expect(
            HttpStatusCode.OK);
        Assert.Equal(0, await Shop.QueryAsync<long>("""
            select count(*) from pg_stat_activity
            where state like 'idle in transaction%' and datname = current_database()
            """));
        (await ConfirmAsync(first, pending, "other")).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.top_up_in_progress");
        // A finished one is answered at once, with its key and without.
        var there = small.Client(finished.Client.AccessToken);
        foreach (var key in (string[])["done", "another"])
        {
            Assert.Equal(answer.Text, (await there.PostWithKeyAsync(
                key, $"/top-ups/{done}/confirm", new { providerPaymentId = paid })).Expect(HttpStatusCode.OK).Text);
        }

        Assert.DoesNotContain(hung, confirm => confirm.IsCompleted);
        hang.SetResult();
        Assert.All(await Task.WhenAll(hung), confirm => confirm.Expect(HttpStatusCode.OK));
        Assert.Equal(25_000, toss.Taken);
    }

    [Fact]
    public async Task A_host_that_is_killed_while_it_waits_leaves_the_top_up_to_another()
    {
        if (OperatingSystem.IsWindows())
            return;
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        var providerPaymentId = toss.Authenticate(topUpId, 5_000);
        var arrived = new TaskCompletionSource();
        toss.BeforeAnswer = async http =>
        {
            arrived.TrySetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing);
        };
        using (var process = await ShopProcess.StartAsync(
            Shop.ConnectionString,
            openFiles: 1_024,
            new Dictionary<string, string>(toss.Settings) { ["Wallet:TopUps:Timeout"] = "00:00:10" }))
        {
            using var http = new HttpClient { BaseAddress = process.Address };
            http.DefaultRequestHeaders.Authorization = new("Bearer", customer.Client.AccessToken);
            var confirm = System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(
                http, $"/api/v1/top-ups/{topUpId}/confirm", new { providerPaymentId });
            await arrived.Task;
            process.Kill();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => confirm);
        }

        toss.BeforeAnswer = _ => Task.CompletedTask;
        Assert.Equal(0, await customer.BalanceAsync());
        Assert.Equal(0, await LookUpAsync());
        Shop.Clock.Advance(PastLease);
        await Task.WhenAll(LookUpAsync(), LookUpAsync());
        Assert.Equal("COMPLETED", await StatusOfAsync(customer, topUpId));
        Assert.Equal((1, 5_000), (toss.Confirms, toss.Taken));
        await ExpectBooksAsync(customer, 5_000);
    }

    [Fact]
    public async Task A_deposit_that_is_waited_for_neither_expires_nor_lands_before_it_comes()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        toss.Status = "WAITING_FOR_DEPOSIT";
        (await ConfirmAsync(customer, topUpId, toss.Authenticate(topUpId, 5_000))).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.top_up_in_progress");
        Shop.Clock.Advance(TimeSpan.FromMinutes(20));
        await LookUpAsync();
        Assert.Equal("PENDING", await StatusOfAsync(customer, topUpId));
        toss.Status = "DONE";
        Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        await LookUpAsync();
        Assert.Equal("COMPLETED", await StatusOfAsync(customer, topUpId));
    }

    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync(toss.Settings);
}
