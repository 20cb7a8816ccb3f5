using Shop.BuildingBlocks.Figures;

namespace Shop.Catalog.Stock;

internal static class StockFigures
{
    public static IReadOnlyList<Figure> All { get; } =
    [
        // A row for each product, however much is sold: what orders reserve is counted there, not in the reservations.
        new("catalog.reserved", FigureKind.Level, "select null, coalesce(sum(reserved), 0)::bigint from catalog.stock"),
    ];
}
