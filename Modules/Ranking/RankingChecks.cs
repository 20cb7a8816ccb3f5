using Shop.BuildingBlocks.Audit;
using Shop.Ranking.Lists;

namespace Shop.Ranking;

/// <summary>
/// The audit's checks of sales and lists. The host compares sales with orders, since that spans modules.
/// </summary>
internal static class RankingChecks
{
    public static IReadOnlyList<AuditCheck> All { get; } =
    [
        // Further back a day may have been cleared away before a refund came.
        new("ranking.no-negative-sales", "On no day that a list reaches is less than nothing sold of a product.", $"""
            select format('product %s: %s sold on %s', product_id, quantity, day)
            from ranking.daily_sales
            where quantity < 0 and day > (select max(computed_at)::date from ranking.lists) - {PopularLists.MaximumDays}
            """),

        new("ranking.lists-are-whole", "There is a list for each number of days, all computed for one moment.", $"""
            select format('the list of %s days: %s', days,
                coalesce(format('computed for %s, another for %s', l.computed_at, newest.computed_at), 'missing'))
            from generate_series(1, {PopularLists.MaximumDays}) as wanted (days)
            full join ranking.lists l using (days)
            cross join (select max(computed_at) as computed_at from ranking.lists) newest
            where days not between 1 and {PopularLists.MaximumDays} or (l.computed_at = newest.computed_at) is not true
            """),

        // Compared as JSON, which takes whatever is stored: numbers are compared as numbers, and anything else is out
        // of place.
        new(
            "ranking.lists-are-ranked",
            "The places of a list are 1, 2, …, by quantity sold, then by product, each product once and none without "
            + "sales.",
            """
            select format('the list of %s days, place %s: %s', days, place, item)
            from (
                select l.days, p.place, p.item,
                    lag(p.item) over list as before,
                    count(*) over (partition by l.days, p.item -> 'productId') as times
                from ranking.lists l
                cross join jsonb_path_query(l.items, '$[*]') with ordinality as p (item, place)
                window list as (partition by l.days order by p.place)) places
            where (
                item -> 'rank' = to_jsonb(place) and item -> 'quantitySold' > '0' and times = 1
                and (before is null or before -> 'quantitySold' > item -> 'quantitySold'
                    or (before -> 'quantitySold' = item -> 'quantitySold'
                        and before -> 'productId' < item -> 'productId'))) is not true
            """),
    ];
}
