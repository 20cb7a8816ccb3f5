using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class DeadLetterTests : DeadLetterTest
{
    // All that take a paid order.
    private static readonly string[] Handlers =
        ["catalog.settle-reservations", "coupons.settle-coupons", "ordering.record-delivery", "ranking.count-sales"];

    [Fact]
    public async Task What_could_not_be_delivered_is_listed_with_what_it_holds()
    {
        var order = await UnreadableOrderAsync(await CreateProductAsync());
        var letters = await LettersAsync();

        Assert.Equal(Handlers, letters.Select(letter => letter.GetProperty("handler").GetString()).Order(StringComparer.Ordinal));
        Assert.All(letters, letter =>
        {
            Assert.Equal(
                ["id", "module", "eventId", "type", "handler", "attempts", "lastError", "failedAt", "payload"], letter.EnumerateObject().Select(member => member.Name));
            Assert.Equal("ordering", letter.GetProperty("module").GetString());
            Assert.Equal("ordering.order-paid", letter.GetProperty("type").GetString());
            Assert.Equal(7, letter.GetProperty("eventId").GetGuid().Version);
            Assert.Equal(1, letter.GetProperty("attempts").GetInt32());
            Assert.StartsWith("JsonException: ", letter.GetProperty("lastError").GetString(), StringComparison.Ordinal);
            Assert.EndsWith("Z", letter.GetProperty("failedAt").GetString(), StringComparison.Ordinal);
            Assert.Contains(order.ToString(), letter.GetProperty("payload").GetProperty("unreadable").GetRawText(), StringComparison.Ordinal);
        });
        Assert.Equal(letters.Count, letters.Select(letter => letter.GetProperty("id").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Deliveries_to_the_data_platform_are_among_them()
    {
        await PaidOrderAsync(await CreateProductAsync());
        await Shop.DeliverEventsAsync();
        await Shop.ExecuteAsync("""
            update ordering.deliveries
            set status = 'DEAD', attempts = 12, failures = 12, last_error = 'refused', failed_at = now()
            """);

        var letter = Assert.Single(await LettersAsync());
        Assert.Equal(("data-platform", "ordering", "order.paid"),
            (letter.GetProperty("handler").GetString(), letter.GetProperty("module").GetString(), letter.GetProperty("type").GetString()));
        var envelope = letter.GetProperty("payload");
        Assert.Equal(letter.GetProperty("eventId").GetGuid(), envelope.GetProperty("eventId").GetGuid());
        Assert.Equal("order.paid", envelope.GetProperty("type").GetString());

        var retried = (await RetryAsync(letter.GetProperty("id").GetString()!)).Expect(HttpStatusCode.Accepted);
        Assert.Equal(0, retried["attempts"].GetInt32());
        await Shop.DeliverToPlatformAsync();
        Assert.Single(Directory.GetFiles(Shop.PlatformDirectory));
        Assert.Empty(await LettersAsync());
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.deliveries"));
    }

    [Fact]
    public async Task Pages_go_over_all_sources_without_gap_or_repeat()
    {
        await UnreadableOrderAsync(await CreateProductAsync());
        await PlantDeadDeliveriesAsync(9);
        // One moment for some of each source: the order among them is by name, then by number.
        await Shop.ExecuteAsync("""
            update ordering.deliveries set failed_at = '2026-01-01' where delivery_id % 3 = 0;
            update ordering.outbox_failures set failed_at = '2026-01-01';
            insert into catalog.outbox_failures
                (message_id, event_id, type, stream, payload, occurred_at, handler, status, attempts, failed_at, next_attempt_at)
            select n, gen_random_uuid(), 'catalog.of-old', 'a', '{}', now(), 'probe.of-yesterday', 'DEAD', 1, '2026-01-01', now() from generate_series(1, 3) n
            """);
        var all = (await LettersAsync()).ConvertAll(letter => letter.GetProperty("id").GetString()!);
        Assert.Equal(Handlers.Length + 9 + 3, all.Count);
        var times = (await LettersAsync()).ConvertAll(letter => letter.GetProperty("failedAt").GetDateTimeOffset());
        Assert.Equal(times.OrderDescending(), times);

        foreach (var limit in (int[])[1, 2, 5])
            Assert.Equal(all, await IdsByPageAsync(limit));
    }

    [Fact]
    public async Task A_cursor_of_another_list_and_a_limit_out_of_bounds_are_refused()
    {
        (await Admin.GetAsync("/admin/outbox/dead-letters?limit=0")).ExpectInvalid("limit");
        (await Admin.GetAsync("/admin/outbox/dead-letters?cursor=abc")).ExpectInvalid("cursor");
        await SignUpAsync();
        var elsewhere = (await Admin.GetAsync("/admin/users?limit=1")).Expect(HttpStatusCode.OK)["nextCursor"].GetString();
        Assert.NotNull(elsewhere);
        (await Admin.GetAsync($"/admin/outbox/dead-letters?cursor={elsewhere}")).ExpectInvalid("cursor");
    }

    [Fact]
    public async Task A_letter_retried_has_its_effect_once_whoever_else_retries_it()
    {
        var product = await CreateProductAsync(stock: 10);
        await UnreadableOrderAsync(product);
        await RepairAsync();
        var id = await LetterAsync("catalog.settle-reservations");

        // Admins and dispatchers, all at once.
        using var over = new CancellationTokenSource();
        var dispatching = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
                await Shop.DeliverEventsAsync();
        });
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RetryAsync(id)));
        await over.CancelAsync();
        await dispatching;
        await Shop.DeliverEventsAsync();

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Accepted);
        foreach (var late in answers.Where(answer => answer.Status != HttpStatusCode.Accepted))
            late.ExpectProblem(HttpStatusCode.NotFound, "outbox.dead_letter_not_found");
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from catalog.stock_movements where type = 'SALE'"));
        Assert.Equal(9, await Shop.QueryAsync<long>($"select on_hand from catalog.stock where product_id = {product}"));
        (await RetryAsync(id)).ExpectProblem(HttpStatusCode.NotFound, "outbox.dead_letter_not_found");
        Assert.Equal(Handlers.Length - 1, (await LettersAsync()).Count);
    }

    [Fact]
    public async Task A_letter_that_fails_again_is_dead_again()
    {
        await UnreadableOrderAsync(await CreateProductAsync());
        var id = await LetterAsync("catalog.settle-reservations");
        (await RetryAsync(id)).Expect(HttpStatusCode.Accepted);
        Assert.DoesNotContain(await LettersAsync(), letter => letter.GetProperty("id").GetString() == id);
        await Shop.DeliverEventsAsync();
        Assert.Equal(id, await LetterAsync("catalog.settle-reservations"));
    }

    [Fact]
    public async Task Those_of_one_handler_or_all_are_retried()
    {
        var product = await CreateProductAsync();
        await UnreadableOrderAsync(product);
        await UnreadableOrderAsync(product);
        await PlantDeadDeliveriesAsync(3);
        await RepairAsync();

        Assert.Equal(2, (await Admin.PostAsync("/admin/outbox/dead-letters/retry?handler=catalog.settle-reservations")).Expect(HttpStatusCode.Accepted)["retried"].GetInt32());
        Assert.Equal(0, (await Admin.PostAsync("/admin/outbox/dead-letters/retry?handler=nobody.does-this")).Expect(HttpStatusCode.Accepted)["retried"].GetInt32());
        Assert.Equal(3, (await Admin.PostAsync("/admin/outbox/dead-letters/retry?handler=data-platform")).Expect(HttpStatusCode.Accepted)["retried"].GetInt32());
        Assert.Equal(2 * (Handlers.Length - 1), (await Admin.PostAsync("/admin/outbox/dead-letters/retry")).Expect(HttpStatusCode.Accepted)["retried"].GetInt32());
        await Shop.DeliverEventsAsync();

        Assert.Empty(await LettersAsync());
        Assert.Equal(98, await StockOfAsync(product));
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.outbox_failures"));
    }

    [Fact]
    public async Task What_waits_behind_a_letter_goes_on_when_it_is_discarded_and_the_audit_finds_what_it_left()
    {
        var customer = await SignUpAsync(balance: 5_000);
        var product = await CreateProductAsync(stock: 10);
        var order = await customer.PlaceAsync((product, 1));
        (await customer.PayAsync(order)).Expect(HttpStatusCode.Created);
        await Shop.ExecuteAsync("update ordering.outbox set payload = jsonb_build_object('unreadable', payload)");
        await Shop.DeliverEventsAsync();
        (await customer.PostAsync($"/orders/{order}/cancel")).Expect(HttpStatusCode.OK);
        await Shop.DeliverEventsAsync();
        // The refund waits behind the payment, handler by handler.
        Assert.Equal(Handlers.Length, await Shop.QueryAsync<long>("select count(*) from ordering.outbox_failures where status = 'WAITING'"));
        await PaidOrderAsync(product);
        await Shop.ExecuteAsync("update ordering.outbox set payload = jsonb_build_object('unreadable', payload)");
        await Shop.DeliverEventsAsync();
        Assert.True(await IsConsistentAsync());

        foreach (var letter in await LettersAsync())
        {
            var discarded = (await DiscardAsync(letter.GetProperty("id").GetString()!)).Expect(HttpStatusCode.OK);
            Assert.Equal(letter.GetRawText(), discarded.Text);
        }

        await Shop.DeliverEventsAsync();
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.outbox_failures where status <> 'DISCARDED'"));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from ordering.deliveries"));
        // The second order is paid and its stock was never sold: the letter that would have explained it is given up.
        Assert.False(await IsConsistentAsync());
        Assert.Equal(2 * Handlers.Length, await Shop.QueryAsync<long>(
            "select count(*) from ordering.outbox_failures where discard_reason = 'Known, and settled by hand' and discarded_at is not null"));
    }

    [Fact]
    public async Task A_discarded_delivery_lets_the_next_of_its_order_go()
    {
        var customer = await SignUpAsync(balance: 5_000);
        var order = await customer.PlaceAsync((await CreateProductAsync(), 1));
        (await customer.PayAsync(order)).Expect(HttpStatusCode.Created);
        (await customer.PostAsync($"/orders/{order}/cancel")).Expect(HttpStatusCode.OK);
        await Shop.DeliverEventsAsync();
        await Shop.ExecuteAsync("update ordering.deliveries set status = 'DEAD', failed_at = now() where sequence = 1");
        await Shop.DeliverToPlatformAsync();
        Assert.Equal(2, await Shop.QueryAsync<long>("select count(*) from ordering.deliveries"));

        (await DiscardAsync(await LetterAsync("data-platform"))).Expect(HttpStatusCode.OK);
        await Shop.DeliverToPlatformAsync();

        Assert.Contains("\"sequence\":2", await File.ReadAllTextAsync(Directory.GetFiles(Shop.PlatformDirectory).Single()), StringComparison.Ordinal);
        Assert.Equal("DISCARDED", await Shop.QueryAsync<string>("select status from ordering.deliveries"));
    }

    [Fact]
    public async Task A_delivery_retried_goes_before_what_waits_behind_it()
    {
        var customer = await SignUpAsync(balance: 5_000);
        var order = await customer.PlaceAsync((await CreateProductAsync(), 1));
        (await customer.PayAsync(order)).Expect(HttpStatusCode.Created);
        (await customer.PostAsync($"/orders/{order}/cancel")).Expect(HttpStatusCode.OK);
        await Shop.DeliverEventsAsync();
        await Shop.ExecuteAsync("update ordering.deliveries set status = 'DEAD', failed_at = now() where sequence = 1");

        (await RetryAsync(await LetterAsync("data-platform"))).Expect(HttpStatusCode.Accepted);
        await Shop.DeliverToPlatformAsync();

        var lines = await File.ReadAllLinesAsync(Directory.GetFiles(Shop.PlatformDirectory).Single());
        Assert.Equal([1, 2], lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("sequence").GetInt32()));
    }

    [Fact]
    public async Task Retrying_and_discarding_at_once_does_one_of_them()
    {
        await PlantDeadDeliveriesAsync(10);
        foreach (var letter in await LettersAsync())
        {
            var id = letter.GetProperty("id").GetString()!;
            var answers = await Task.WhenAll(RetryAsync(id), DiscardAsync(id));
            Assert.Single(answers, answer => (int)answer.Status < 300);
            answers.Single(answer => (int)answer.Status >= 300).ExpectProblem(HttpStatusCode.NotFound, "outbox.dead_letter_not_found");
        }
    }

    [Fact]
    public async Task Under_an_idempotency_key_the_first_answer_comes_again()
    {
        await PlantDeadDeliveriesAsync(2);
        var ids = (await LettersAsync()).ConvertAll(letter => letter.GetProperty("id").GetString()!);
        foreach (var (key, path, status) in ((string, string, HttpStatusCode)[])[
            ("one", $"/admin/outbox/dead-letters/{ids[0]}/retry", HttpStatusCode.Accepted),
            ("given-up", $"/admin/outbox/dead-letters/{ids[1]}/discard", HttpStatusCode.OK),
            ("all", "/admin/outbox/dead-letters/retry", HttpStatusCode.Accepted)])
        {
            var first = (await Admin.PostWithKeyAsync(key, path, new { reason = "Settled by hand" })).Expect(status);
            var again = (await Admin.PostWithKeyAsync(key, path, new { reason = "Settled by hand" })).Expect(status);
            Assert.Equal((false, true, first.Text), (first.IsReplay, again.IsReplay, again.Text));
        }
    }

    [Theory]
    [InlineData("ordering-0")]
    [InlineData("ordering-999999999999999999999")]
    [InlineData("ordering-+1")]
    [InlineData("nowhere-1")]
    [InlineData("data-platform")]
    [InlineData("-")]
    [InlineData("1")]
    public async Task A_letter_that_is_not_there_is_not_found(string id)
    {
        (await RetryAsync(id)).ExpectProblem(HttpStatusCode.NotFound, "outbox.dead_letter_not_found");
        (await DiscardAsync(id)).ExpectProblem(HttpStatusCode.NotFound, "outbox.dead_letter_not_found");
    }

    [Fact]
    public async Task A_reason_must_be_given()
    {
        (await DiscardAsync("ordering-1", "")).ExpectInvalid("reason");
        (await DiscardAsync("ordering-1", new string('x', 501))).ExpectInvalid("reason");
        (await Admin.PostAsync("/admin/outbox/dead-letters/ordering-1/discard", new { })).ExpectInvalid("reason");
    }

    [Fact]
    public async Task They_are_for_administrators()
    {
        var customer = await SignUpAsync();
        foreach (var path in (string[])["/admin/outbox", "/admin/outbox/dead-letters"])
        {
            (await customer.GetAsync(path)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
            (await Anonymous.GetAsync(path)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        }

        foreach (var path in (string[])["/admin/outbox/dead-letters/retry", "/admin/outbox/dead-letters/ordering-1/retry", "/admin/outbox/dead-letters/ordering-1/discard"])
            (await customer.PostAsync(path, new { reason = "mine" })).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    private async Task<bool> IsConsistentAsync() => (await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK)["consistent"].GetBoolean();

    private async Task<List<string>> IdsByPageAsync(int limit)
    {
        var ids = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await Admin.GetAsync($"/admin/outbox/dead-letters?limit={limit}{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}")).Expect(HttpStatusCode.OK);
            ids.AddRange(page["items"].EnumerateArray().Select(letter => letter.GetProperty("id").GetString()!));
            cursor = page["nextCursor"].GetString();
        }

        return ids;
    }
}
