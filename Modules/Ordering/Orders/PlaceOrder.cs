using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Outbox;
using Shop.BuildingBlocks.Pipeline;
using Shop.Catalog.Contracts;
using Shop.Coupons.Contracts;
using Shop.Ordering.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Orders;

internal sealed record PlaceOrder(
    long UserId, IReadOnlyList<RequestedItem> Items, long? UserCouponId = null, ExpiredCoupon IfCouponExpired = ExpiredCoupon.Reject) : IHotCommand<Order>;

internal sealed record RequestedItem(long ProductId, int Quantity);

/// <summary>What to do where the coupon has expired.</summary>
internal enum ExpiredCoupon
{
    Reject,

    /// <summary>Order without the discount.</summary>
    Ignore,
}

internal static class PlaceOrderEndpoint
{
    public static void MapPlaceOrder(this IEndpointRouteBuilder orders) => orders
        .MapPost("", async (PlaceOrder body, Caller caller, IMediator mediator, CancellationToken ct) =>
        {
            caller.MustActFor(body.UserId);
            var order = await mediator.Send(body, ct);
            return TypedResults.Created($"/api/v1/orders/{order.OrderId}", order);
        })
        .WithName(nameof(PlaceOrder))
        .WithSummary("Places an order and reserves its stock");
}

internal sealed class PlaceOrderValidator : AbstractValidator<PlaceOrder>
{
    private const int MaximumLines = 50;
    private const int MaximumQuantity = 1000;

    public PlaceOrderValidator()
    {
        RuleFor(command => command.Items.Count).InclusiveBetween(1, MaximumLines).OverridePropertyName(nameof(PlaceOrder.Items))
            .WithMessage($"Must have 1 to {MaximumLines} lines.");
        RuleForEach(command => command.Items).NotNull()
            .ChildRules(item => item.RuleFor(line => line.Quantity).InclusiveBetween(1, MaximumQuantity));
        RuleFor(command => command.Items).Must(NoProductOverTheMaximum)
            .WithMessage($"The lines of one product must not add up to more than {MaximumQuantity}.");
    }

    private static bool NoProductOverTheMaximum(IReadOnlyList<RequestedItem> items) => items
        .Where(item => item is { Quantity: > 0 })
        .GroupBy(item => item.ProductId)
        .All(product => product.Sum(item => (long)item.Quantity) <= MaximumQuantity);
}

internal sealed class PlaceOrderHandler(
    Db db, Outbox outbox, IWalletSheets walletSheets, ICouponSheets couponSheets, IStockSheets stockSheets, IOptions<OrderingOptions> options, TimeProvider time)
    : IGroupHandler<PlaceOrder, Order>
{
    private const string InsertOrders = """
        insert into ordering.orders
            (order_id, user_id, status, items_amount, discount_amount, total_amount, user_coupon_id, created_at, expires_at)
        select order_id, user_id, 'CREATED', items_amount, discount_amount, items_amount - discount_amount, user_coupon_id, created_at, expires_at
        from unnest(@orders, @users, @items_amounts, @discounts, @coupons, @created, @expires)
            as o (order_id, user_id, items_amount, discount_amount, user_coupon_id, created_at, expires_at)
        """;

    private const string InsertLines = """
        insert into ordering.order_lines (order_id, line, product_id, name, unit_price, quantity)
        select order_id, line, product_id, name, unit_price, quantity
        from unnest(@orders, @lines, @products, @names, @prices, @quantities) as l (order_id, line, product_id, name, unit_price, quantity)
        """;

    public async Task<IReadOnlyList<Outcome<Order>>> Handle(IReadOnlyList<PlaceOrder> commands, CancellationToken ct)
    {
        var users = walletSheets.Read([.. commands.Select(command => command.UserId)]);
        var coupons = couponSheets.Lock([.. commands.Select(command => command.UserCouponId).OfType<long>()]);
        var stock = stockSheets.Lock([.. commands.SelectMany(command => command.Items).Select(item => item.ProductId)]);
        await db.FlushAsync(ct);

        var placing = new OrderPlacing(users, coupons, stock, options.Value.PaymentWindow, time.UtcNow());
        var outcomes = commands.Select(placing.Decide).ToList();

        coupons.Post();
        stock.Post();
        Post([.. outcomes.Where(outcome => outcome.Refusal is null).Select(outcome => outcome.Value)]);
        return outcomes;
    }

    private void Post(List<Order> orders)
    {
        if (orders.Count == 0)
            return;
        db.QueueWrite(
            InsertOrders,
            orders.Count,
            ("orders", orders.ConvertAll(order => order.OrderId)),
            ("users", orders.ConvertAll(order => order.UserId)),
            ("items_amounts", orders.ConvertAll(order => order.ItemsAmount)),
            ("discounts", orders.ConvertAll(order => order.DiscountAmount)),
            ("coupons", orders.ConvertAll(order => order.UserCouponId)),
            ("created", orders.ConvertAll(order => order.CreatedAt)),
            ("expires", orders.ConvertAll(order => order.ExpiresAt)));

        var lines = orders.SelectMany(order => order.Items.Select((item, line) => (order.OrderId, Line: line + 1, Item: item))).ToList();
        db.QueueWrite(
            InsertLines,
            lines.Count,
            ("orders", lines.ConvertAll(line => line.OrderId)),
            ("lines", lines.ConvertAll(line => line.Line)),
            ("products", lines.ConvertAll(line => line.Item.ProductId)),
            ("names", lines.ConvertAll(line => line.Item.Name)),
            ("prices", lines.ConvertAll(line => line.Item.UnitPrice)),
            ("quantities", lines.ConvertAll(line => line.Item.Quantity)));

        foreach (var order in orders)
            outbox.Publish(new OrderPlaced(order));
    }
}
