using Shop.BuildingBlocks.Pipeline;
using Shop.Catalog.Contracts;
using Shop.Ordering.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Orders;

/// <summary>
/// Decides orders against the sheets, one after the other; what one takes the next no longer finds. Where several refusals hold the first wins:
/// user, product, for sale, stock.
/// </summary>
internal sealed class OrderPlacing(IWalletSheet users, IStockSheet stock, TimeSpan paymentWindow, DateTimeOffset now)
{
    public Outcome<Order> Decide(PlaceOrder command)
    {
        if (!users.Has(command.UserId))
            return Refused.UserNotFound(command.UserId);

        // The same product twice is one line with the sum, in the place where it came first.
        var wanted = command.Items.GroupBy(item => item.ProductId)
            .Select(product => new ItemToReserve(product.Key, product.Sum(item => item.Quantity)))
            .ToList();
        if (wanted.Find(item => stock.Find(item.ProductId) is null) is { } unknown)
            return Refused.NotFound("catalog.product_not_found", $"There is no product {unknown.ProductId}.").With(("productId", unknown.ProductId));
        if (wanted.Find(item => !stock.Find(item.ProductId)!.IsForSale) is { } stopped)
            return new Refused("catalog.not_for_sale", $"Product {stopped.ProductId} is not for sale.").With(("productId", stopped.ProductId));

        var orderId = Guid.CreateVersion7(now);
        var shortages = stock.TryReserve(orderId, wanted);
        if (shortages.Count > 0)
            return new Refused("catalog.out_of_stock", "There is not enough of what you want to order.").With(("shortages", shortages));

        return Place(orderId, command.UserId, wanted);
    }

    private Order Place(Guid orderId, long userId, List<ItemToReserve> wanted)
    {
        var items = wanted.ConvertAll(item =>
        {
            var product = stock.Find(item.ProductId)!;
            return new OrderItem(product.ProductId, product.Name, product.Price, item.Quantity, product.Price * item.Quantity);
        });
        var amount = items.Sum(item => item.Amount);
        return new Order(
            orderId, userId, OrderStatus.Created, items, amount, DiscountAmount: 0, TotalAmount: amount, UserCouponId: null, PaymentId: null,
            CreatedAt: now, ExpiresAt: now + paymentWindow, ClosedAt: null);
    }
}
