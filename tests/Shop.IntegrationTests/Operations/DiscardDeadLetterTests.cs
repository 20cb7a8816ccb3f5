using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class DiscardDeadLetterTests : DeadLetterTest
{
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
        Assert.Equal(
            Handlers.Length,
            await Shop.QueryAsync<long>("select count(*) from ordering.outbox_failures where status = 'WAITING'"));
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
        Assert.Equal(
            0,
            await Shop.QueryAsync<long>("select count(*) from ordering.outbox_failures where status <> 'DISCARDED'"));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from ordering.deliveries"));
        // The second order is paid and its stock was never sold: the letter that would have explained it is given up.
        Assert.False(await IsConsistentAsync());
        Assert.Equal(2 * Handlers.Length, await Shop.QueryAsync<long>(
            "select count(*) from ordering.outbox_failures where discard_reason = 'Known, and settled by hand' "
            + "and discarded_at is not null"));
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

        Assert.Contains(
            "\"sequence\":2",
            await File.ReadAllTextAsync(Directory.GetFiles(Shop.PlatformDirectory).Single()),
            StringComparison.Ordinal);
        Assert.Equal("DISCARDED", await Shop.QueryAsync<string>("select status from ordering.deliveries"));
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
            answers.Single(answer => (int)answer.Status >= 300)
                .ExpectProblem(HttpStatusCode.NotFound, "outbox.dead_letter_not_found");
        }
    }

    [Fact]
    public async Task A_reason_must_be_given()
    {
        (await DiscardAsync("ordering-1", "")).ExpectInvalid("reason");
        (await DiscardAsync("ordering-1", new string('x', 501))).ExpectInvalid("reason");
        (await Admin.PostAsync("/admin/outbox/dead-letters/ordering-1/discard", new { })).ExpectInvalid("reason");
    }

    private async Task<bool> IsConsistentAsync() =>
        (await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK)["consistent"].GetBoolean();
}
