using Shop.Bench.Load;

namespace Shop.Bench.Scenarios;

internal static class AllScenarios
{
    public static IReadOnlyList<Scenario> InOrder { get; } =
    [
        new HostStart(),
        new Throughput(
            "checkout",
            "checkout, one or two random products, random users",
            "checkout",
            Shoppers.Checkout,
            new Target(1.5)),
        new Sustained(),
        new Throughput("pay", "order, then pay: two calls", "checkout", Shoppers.OrderThenPay, new Target(0.8)),
        new Throughput("hot", "checkout, everybody buys one product", "hot", Shoppers.HotCheckout, new Target(4)),
        new OrderLines(),
        new CouponEntry(),
        new CouponScenario("issue", "one of ten coupons at once", Shoppers.CouponIssue, new Target(3)),
        new CodeRedemption(),
        new Throughput(
            "charge",
            "64 users charge their wallets at random",
            "pay",
            Shoppers.Charge,
            new Target(1),
            connections: 64),
        new Throughput("wallet", "32 at once charge one wallet", "pay", Shoppers.ChargeOne, new Target(1)),
        new QueueProcessing(),
        new OutboxDrain(),
        new EmptyHandlerDrain(),
        new ProductReading(),
        new PopularReading(),
        new BalanceReading(),
        new ComparedShops(
            "history",
            "checkout with a million orders and five million ledger lines",
            "an empty shop",
            new Target(0.9),
            (population, size) => PaidOrders.Old(population, size.OldOrders)),
        new ComparedShops(
            "limits",
            "checkout where every product has purchase limits",
            "products without limits",
            new Target(0.8),
            (_, _) => "update catalog.stock set max_per_order = 1000, max_per_user = 1000, limit_period = 1"),
        new Searching(),
        new Suggesting(),
        new Alone(),
        new SlowFlush("checkout-1ms", "checkout", "checkout", Shoppers.Checkout),
        new SlowFlush("hot-1ms", "checkout, everybody buys one product", "hot", Shoppers.HotCheckout),
    ];
}
