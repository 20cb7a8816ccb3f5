using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class ListDeadLettersTests : DeadLetterTest
{
    [Fact]
    public async Task What_could_not_be_delivered_is_listed_with_what_it_holds()
    {
        var order = await UnreadableOrderAsync(await CreateProductAsync());
        var letters = await LettersAsync();

        Assert.Equal(
            Handlers,
            letters.Select(letter => letter.GetProperty("handler").GetString()).Order(StringComparer.Ordinal));
        Assert.All(letters, letter =>
        {
            Assert.Equal(
                ["id", "module", "eventId", "type", "handler", "attempts", "lastError", "failedAt", "payload"],
                letter.EnumerateObject().Select(member => member.Name));
            Assert.Equal("ordering", letter.GetProperty("module").GetString());
            Assert.Equal("ordering.order-paid", letter.GetProperty("type").GetString());
            Assert.Equal(7, letter.GetProperty("eventId").GetGuid().Version);
            Assert.Equal(1, letter.GetProperty("attempts").GetInt32());
            Assert.StartsWith("JsonException: ", letter.GetProperty("lastError").GetString(), StringComparison.Ordinal);
            Assert.EndsWith("Z", letter.GetProperty("failedAt").GetString(), StringComparison.Ordinal);
            Assert.Contains(
                order.ToString(),
                letter.GetProperty("payload").GetProperty("unreadable").GetRawText(),
                StringComparison.Ordinal);
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
            (
                letter.GetProperty("handler").GetString(),
                letter.GetProperty("module").GetString(),
                letter.GetProperty("type").GetString()));
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
                (message_id, event_id, type, stream, payload, occurred_at, handler, status, attempts, failed_at,
                    next_attempt_at)
            select n, gen_random_uuid(), 'catalog.of-old', 'a', '{}', now(), 'probe.of-yesterday', 'DEAD', 1,
                '2026-01-01', now() from generate_series(1, 3) n
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
        var elsewhere = (await Admin.GetAsync("/admin/users?limit=1"))
            .Expect(HttpStatusCode.OK)["nextCursor"]
            .GetString();
        Assert.NotNull(elsewhere);
        (await Admin.GetAsync($"/admin/outbox/dead-letters?cursor={elsewhere}")).ExpectInvalid("cursor");
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

        foreach (var path in (string[])
        [
            "/admin/outbox/dead-letters/retry",
            "/admin/outbox/dead-letters/ordering-1/retry",
            "/admin/outbox/dead-letters/ordering-1/discard",
        ])
            (await customer.PostAsync(path, new { reason = "mine" })).ExpectProblem(
                HttpStatusCode.Forbidden, "auth.forbidden");
    }

    private async Task<List<string>> IdsByPageAsync(int limit)
    {
        var ids = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page =
                (await Admin.GetAsync(
                    $"/admin/outbox/dead-letters?limit={limit}{(cursor.Length == 0
                        ? ""
                        : $"&cursor={cursor}")}")).Expect(HttpStatusCode.OK);
            ids.AddRange(page["items"].EnumerateArray().Select(letter => letter.GetProperty("id").GetString()!));
            cursor = page["nextCursor"].GetString();
        }

        return ids;
    }
}
