using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using System.Text;

namespace Shop.Ordering.Orders;

/// <summary>Some rows of an export, behind those that were read before.</summary>
/// <param name="After">The last id of the rows before, or the place of the first.</param>
/// <param name="Until">No id of the export is as large.</param>
internal sealed record ExportOrders(DateTimeOffset? From, DateTimeOffset? To, Guid After, Guid Until)
    : IQuery<IReadOnlyList<OrderRow>>;

internal static class ExportOrdersEndpoint
{
    public static void MapExportOrders(this IEndpointRouteBuilder exports) => exports
        .MapGet("/orders", (
            [Description("Only those of this time or later."), DataType(DataType.DateTime)] string? from,
            [Description("Only those of before this time."), DataType(DataType.DateTime)] string? to,
            IMediator mediator, CsvExports csv, HttpContext http) =>
        {
            var (since, before) = (TimeQuery.Parse("from", from), TimeQuery.Parse("to", to));
            var first = new ExportOrders(since, before, OrderIds.First(since), OrderIds.Behind(before));
            return csv.WriteAsync(http, "orders.csv", PagesAsync(first, mediator));
        })
        .WithName(nameof(ExportOrders))
        .WithSummary("Orders as CSV, oldest first, as long as it takes")
        .WithDescription("Times are UTC, amounts KRW, items productId:quantity. A text that a spreadsheet would take "
            + "for a formula starts with an apostrophe. One export of a caller at a time, and few altogether.")
        .Produces<string>(StatusCodes.Status200OK, "text/csv")
        .Fails(HttpErrors.RateLimited)
        .DisableRequestTimeout();

    private static async IAsyncEnumerable<string> PagesAsync(
        ExportOrders first, IMediator mediator, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var page = await mediator.Send(first, ct);
        yield return OrdersCsv.Header + OrdersCsv.Of(page);
        while (page.Count == ExportOrdersHandler.PageSize)
        {
            page = await mediator.Send(first with { After = page[^1].OrderId }, ct);
            yield return OrdersCsv.Of(page);
        }
    }
}

internal sealed class ExportOrdersHandler(Db db) : IRequestHandler<ExportOrders, IReadOnlyList<OrderRow>>
{
    public const int PageSize = 500;

    internal const string SelectPage = $"""
        {OrderRow.Select}
        where o.order_id > @After and o.order_id < @Until
            and o.created_at >= coalesce(@From, '-infinity') and o.created_at < coalesce(@To, 'infinity')
        order by o.order_id
        limit @limit
        """;

    public Task<IReadOnlyList<OrderRow>> Handle(ExportOrders request, CancellationToken cancellationToken) =>
        db.QueryAsync<OrderRow>(
            SelectPage,
            new { request.After, request.Until, request.From, request.To, limit = PageSize },
            cancellationToken);
}

internal static class OrdersCsv
{
    public static readonly string Header = new StringBuilder().AppendCsv(
        "orderId", "userId", "status", "items", "itemsAmount", "discountAmount", "totalAmount", "refundedAmount",
        "userCouponId", "paymentId", "createdAt", "closedAt", "fulfilledAt", "fulfilmentReference", "cancelReason")
        .ToString();

    public static string Of(IReadOnlyList<OrderRow> rows)
    {
        var text = new StringBuilder();
        foreach (var order in rows.Select(row => row.ToOrder()))
        {
            var items = order.Items.Select(item => $"{item.ProductId}:{item.Quantity}");
            text.AppendCsv(
                order.OrderId, order.UserId, EnumNames.Of(order.Status), string.Join(' ', items), order.ItemsAmount,
                order.DiscountAmount, order.TotalAmount, order.RefundedAmount, order.UserCouponId, order.PaymentId,
                order.CreatedAt, order.ClosedAt, order.FulfilledAt, order.FulfilmentReference, order.CancelReason);
        }

        return text.ToString();
    }
}
