using Microsoft.Extensions.Options;
using Shop.Coupons.Contracts;
using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders.Placing;

/// <summary>Calculates the price of an order at this moment. It locks, keeps and changes nothing.</summary>
internal sealed record QuoteOrder(OrderRequest Request) : IQuery<OrderQuote>;

/// <summary>The quote of an order. Amounts are whole KRW.</summary>
/// <param name="UserCouponId">The coupon that is applied.</param>
/// <param name="Balance">The balance of the user's wallet.</param>
/// <param name="Shortfall">The missing amount; 0 where the wallet covers the order.</param>
/// <param name="Coupons">The user's coupons, best first; none is applied unasked.</param>
internal sealed record OrderQuote(
    IReadOnlyList<OrderItem> Items, long ItemsAmount, long DiscountAmount, long TotalAmount, long? UserCouponId,
    long Balance, long Shortfall, IReadOnlyList<QuotedCoupon> Coupons);

/// <param name="Discount">The discount of these items, KRW; 0 where it is not applicable.</param>
/// <param name="Reason">Why it is not applicable.</param>
internal sealed record QuotedCoupon(
    long UserCouponId, string Name, long Discount, bool Applicable, Ineligibility? Reason);

internal static class QuoteOrderEndpoint
{
    public static void MapQuoteOrder(this IEndpointRouteBuilder orders) => orders
        .MapPost("/quote", async (OrderRequest body, Caller caller, IMediator mediator, CancellationToken ct) =>
        {
            caller.MustActFor(body.UserId);
            return TypedResults.Ok(await mediator.Send(new QuoteOrder(body), ct));
        })
        .RequireRateLimiting(RateLimits.Orders)
        .WithName(nameof(QuoteOrder))
        .WithSummary("What an order would come to now; nothing is reserved")
        .Fails([HttpErrors.Forbidden, OrderErrors.TooManyOpen, .. OrderDecider.QuoteErrors])
        .WithExample(new OrderRequest(7, [new RequestedItem(12, 2)], UserCouponId: 31))
        .WithDescription("It fails as the order would, but for the balance and expectedTotal.");
}

internal sealed class QuoteOrderValidator : AbstractValidator<QuoteOrder>
{
    public QuoteOrderValidator() =>
        RuleFor(query => query.Request).SetValidator(new OrderRequestValidator()).OverridePropertyName("");
}

internal sealed class QuoteOrderHandler(Db db, NewOrders orders, IOptions<OrderingOptions> options)
    : IRequestHandler<QuoteOrder, OrderQuote>
{
    public async Task<OrderQuote> Handle(QuoteOrder request, CancellationToken cancellationToken)
    {
        await db.BeginAsync(cancellationToken);
        var (read, usable) = await orders.ReadAsync(request.Request, cancellationToken);
        await db.CommitAsync(cancellationToken);
        return OrderQuotes.Decide(read, usable, options.Value.PaymentWindow, request.Request).Value;
    }
}

/// <summary>Quotes are the decision of an order, which is given back.</summary>
internal static class OrderQuotes
{
    /// <summary>Coupons of one quote.</summary>
    public const int MaximumCoupons = 50;

    public static Result<OrderQuote> Decide(
        LockedForOrdering read, IUsableCoupons usable, TimeSpan paymentWindow, OrderRequest request)
    {
        var decider = new OrderDecider(read, paymentWindow, sells: false);
        var decided = decider.Decide(request with { ExpectedTotal = null });
        if (decided.Error is { } error)
            return error;
        var order = decided.Value;
        decider.GiveBack(order);
        var balance = read.Wallets.BalanceOf(order.UserId);
        return new OrderQuote(
            order.Items, order.ItemsAmount, order.DiscountAmount, order.TotalAmount, order.UserCouponId, balance,
            Math.Max(0, order.TotalAmount - balance), Coupons(usable, order, read));
    }

    private static List<QuotedCoupon> Coupons(IUsableCoupons usable, Order order, LockedForOrdering read)
    {
        var items = read.Quoted(order.Items);
        return
        [
            .. usable.UsableBy(order.UserId, read.Now)
                .Select(coupon => Of(coupon, usable.Quote(coupon.UserCouponId, order.UserId, items, read.Now)))
                .OrderByDescending(coupon => coupon.Applicable)
                .ThenByDescending(coupon => coupon.Discount)
                .ThenBy(coupon => coupon.UserCouponId)
                .Take(MaximumCoupons),
        ];
    }

    private static QuotedCoupon Of(UsableCoupon coupon, DiscountQuote quote) => new(
        coupon.UserCouponId, coupon.Name, quote.Discount, quote.Ineligibility is null, quote.Ineligibility);
}
