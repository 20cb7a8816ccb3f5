using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class RetryDeadLetterTests : DeadLetterTest
{
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
        Assert.Equal(
            1, await Shop.QueryAsync<long>("select count(*) from catalog.stock_movements where type = 'SALE'"));
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
        Assert.Equal(
            [1, 2], lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("sequence").GetInt32()));
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
}
