using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

/// <summary>A broker as the data platform.</summary>
public sealed class RabbitMqPlatformTests : PlatformTest
{
    private const string Exchange = "shop.orders";
    private const string Queue = "orders";

    [RabbitMqFact]
    public async Task Events_arrive_confirmed_and_in_order_also_through_a_broker_that_is_killed()
    {
        await using var broker = await RabbitMq.StartNewAsync();
        await using var host = await StartDelivererAsync(broker);
        var orders = (await PaidOrdersAsync(3)).ToList();

        // No exchange, then no queue: nothing is lost, and nothing counts.
        await DeliverOnceAsync(host);
        Assert.Equal((3, 0), (await PendingAsync(), await DeadAsync()));
        await MakeAsync(broker, isBound: false);
        host.Clock.Advance(PastEveryPause);
        await DeliverOnceAsync(host);
        Assert.Equal("No queue of the broker takes it.", await LastErrorAsync());
        await MakeAsync(broker, isBound: true);
        host.Clock.Advance(PastEveryPause);
        await host.DeliverToPlatformAsync();
        Assert.Equal(0, await PendingAsync());

        // Killed between events of the same orders, and while they are due.
        foreach (var order in orders)
            await RefundAsync(order);
        orders.AddRange(await PaidOrdersAsync(20));
        await broker.KillAsync();
        await DeliverOnceAsync(host);
        Assert.Equal((23, 0), (await PendingAsync(), await DeadAsync()));
        Assert.Equal(0, await Shop.QueryAsync<int>("select max(attempts) from ordering.deliveries"));

        await broker.StartAsync();
        host.Clock.Advance(PastEveryPause);
        var delivering = host.DeliverToPlatformAsync();
        await broker.KillAsync();
        await delivering;
        await broker.StartAsync();
        foreach (var order in orders.Skip(3))
            await RefundAsync(order);
        for (var round = 0; round < 3; round++)
        {
            host.Clock.Advance(PastEveryPause);
            await host.DeliverToPlatformAsync();
        }

        Assert.True(await PendingAsync() == 0, await PendingAsync() == 0 ? "" : await LastErrorAsync());
        Assert.Equal(0, await DeadAsync());
        var taken = await TakenAsync(broker);
        Assert.All(taken, message => Assert.Equal(message.OrderId.ToString(), message.RoutingKey));
        // A repeat has the id of the first, and receivers drop it.
        var events = taken.DistinctBy(message => message.MessageId).ToLookup(message => message.OrderId);
        Assert.Equal(orders.Order(), events.Select(order => order.Key).Order());
        Assert.All(events, order => Assert.Equal([1, 2], order.Select(message => message.Sequence)));
    }

    [RabbitMqFact]
    public async Task A_call_without_a_confirmation_ends_and_another_delivers()
    {
        await using var broker = await RabbitMq.StartNewAsync();
        await MakeAsync(broker, isBound: true);
        await using (var stranger = await StartDelivererAsync(
            broker, ("DataPlatform:Broker", broker.Address.Replace("broker@", "wrong@", StringComparison.Ordinal))))
        {
            await PaidOrdersAsync(2);
            await DeliverOnceAsync(stranger);
            Assert.Equal((2, 0), (await PendingAsync(), await DeadAsync()));
            Assert.DoesNotContain("wrong", await LastErrorAsync(), StringComparison.Ordinal);
        }

        await using var host = await StartDelivererAsync(broker);
        host.Clock.Advance(PastEveryPause);
        await host.DeliverToPlatformAsync();
        Assert.Equal(0, await PendingAsync());
        Assert.Equal(2, (await TakenAsync(broker)).Count);
    }

    private Task<ShopHost> StartDelivererAsync(RabbitMq broker, params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string>
        {
            ["DataPlatform:Kind"] = "RabbitMq",
            ["DataPlatform:Broker"] = broker.Address,
        };
        foreach (var (name, value) in more)
            settings[name] = value;
        return ShopHost.StartAsync(Shop.ConnectionString, settings);
    }

    private Task<string> LastErrorAsync() =>
        Shop.QueryAsync<string>("select max(last_error) from ordering.deliveries");

    // As the operator of the broker does.
    private static async Task MakeAsync(RabbitMq broker, bool isBound)
    {
        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(Exchange, ExchangeType.Topic, durable: true);
        if (!isBound)
            return;
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false);
        await channel.QueueBindAsync(Queue, Exchange, "#");
    }

    private static async Task<List<Taken>> TakenAsync(RabbitMq broker)
    {
        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        var taken = new List<Taken>();
        while (await channel.BasicGetAsync(Queue, autoAck: true) is { } message)
        {
            using var envelope = JsonDocument.Parse(Encoding.UTF8.GetString(message.Body.Span));
            taken.Add(new Taken(
                message.BasicProperties.MessageId!,
                message.RoutingKey,
                envelope.RootElement.GetProperty("order").GetProperty("orderId").GetGuid(),
                envelope.RootElement.GetProperty("sequence").GetInt32()));
        }

        return taken;
    }

    private sealed record Taken(string MessageId, string RoutingKey, Guid OrderId, int Sequence);
}
