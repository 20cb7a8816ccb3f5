using Shop.BuildingBlocks.Exports;

namespace Shop.Catalog.Stock;

/// <summary>The rows about a user in the catalog, for an export.</summary>
internal static class StockPersonalData
{
    public static IReadOnlyList<PersonalData> All { get; } =
    [
        new("purchaseCounts", """
            select product_id, period, quantity
            from catalog.purchase_counts where user_id = @userId order by product_id, period
            """),
    ];
}
