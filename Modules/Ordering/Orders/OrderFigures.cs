using Shop.BuildingBlocks.Figures;

namespace Shop.Ordering.Orders;

internal static class OrderFigures
{
    public static IReadOnlyList<Figure> All { get; } =
    [
        new(
            "ordering.orders",
            FigureKind.Rate,
            "select null, count(*) from ordering.orders where order_id >= @sinceId"),
        new("ordering.unpaid", FigureKind.Level, "select null, count(*) from ordering.orders where status = 'CREATED'"),
    ];
}
