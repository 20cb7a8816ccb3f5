using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class RetryDeadLettersTests : DeadLetterTest
{
    [Fact]
    public async Task Those_of_one_handler_or_all_are_retried()
    {
        var product = await CreateProductAsync();
        await UnreadableOrderAsync(product);
        await UnreadableOrderAsync(product);
        await PlantDeadDeliveriesAsync(3);
        await RepairAsync();

        Assert.Equal(
            2,
            (await Admin.PostAsync("/admin/outbox/dead-letters/retry?handler=catalog.settle-reservations"))
                .Expect(HttpStatusCode.Accepted)["retried"]
                .GetInt32());
        Assert.Equal(
            0,
            (await Admin.PostAsync("/admin/outbox/dead-letters/retry?handler=nobody.does-this"))
                .Expect(HttpStatusCode.Accepted)["retried"]
                .GetInt32());
        Assert.Equal(
            3,
            (await Admin.PostAsync("/admin/outbox/dead-letters/retry?handler=data-platform"))
                .Expect(HttpStatusCode.Accepted)["retried"]
                .GetInt32());
        Assert.Equal(
            2 * (Handlers.Length - 1),
            (await Admin.PostAsync("/admin/outbox/dead-letters/retry"))
                .Expect(HttpStatusCode.Accepted)["retried"]
                .GetInt32());
        await Shop.DeliverEventsAsync();

        Assert.Empty(await LettersAsync());
        Assert.Equal(98, await StockOfAsync(product));
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.outbox_failures"));
    }
}
