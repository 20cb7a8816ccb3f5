using System.Text.Json;
using Microsoft.Extensions.Options;
using Shop.Catalog.Contracts;

namespace Shop.Ranking.Lists;

/// <summary>A place on a list.</summary>
/// <param name="Rank">1, 2, …</param>
internal sealed record PopularProduct(int Rank, long ProductId, string Name, long Price, long QuantitySold);

/// <summary>
/// Computes all lists and puts them in the place of the stored ones, inside the caller's transaction.
/// </summary>
internal sealed class PopularLists(Db db, IMediator mediator, IOptions<ShopOptions> shop)
{
    public const int MaximumDays = 30;
    public const int MaximumLength = 100;

    /// <summary>One computation at a time, over all instances; its transaction frees the lock, a crash too.</summary>
    public const string LockKey = "hashtextextended('ranking.lists', 0)";

    // These statements read a month of sales, once in a while: unlike all others not by keys. Where the month is a long
    // one they may have longer than a request.
    private static readonly TimeSpan StatementTimeout = TimeSpan.FromMinutes(1);

    private const string Prepare =
        "select set_config('enable_seqscan', 'on', true), set_config('enable_hashjoin', 'on', true)";

    // One reading of the window's rows for all lists. A product's running sum over 1, 2, … days back changes only on
    // days with sales, so each value stands for the lists from that day to the next one before it.
    private const string SelectCandidates = """
        with running as (
            select product_id, @today - day + 1 as days,
                sum(quantity) over back as quantity,
                lead(@today - day + 1, 1, @maximumDays + 1) over back as next_days
            from ranking.daily_sales
            where day > @today - @maximumDays and day <= @today and product_id <> all(@leftOut)
            window back as (partition by product_id order by day desc)),
        ranked as (
            select list.days, r.product_id, r.quantity,
                row_number() over (partition by list.days order by r.quantity desc, r.product_id) as place
            from running r
            cross join generate_series(r.days, r.next_days - 1) as list (days)
            where r.quantity > 0)
        select days, product_id, quantity::bigint as quantity from ranked where place <= @depth order by days, place
        """;

    private const string Replace = """
        insert into ranking.lists (days, computed_at, items)
        select days, @computedAt, items::jsonb from unnest(@days, @items) as l (days, items)
        on conflict (days) do update set computed_at = excluded.computed_at, items = excluded.items
        """;

    internal sealed record Candidate(int Days, long ProductId, long Quantity);

    /// <returns>The moment that they are computed for: its day is the lists' last one.</returns>
    public async Task<DateTimeOffset> ReplaceAsync(CancellationToken ct)
    {
        await db.LimitStatementsAsync(StatementTimeout, ct);
        await db.ExecuteAsync(Prepare, null, ct);
        var clock = db.QueueNow();
        await db.FlushAsync(ct);
        var computedAt = clock.Value;
        var lists = await ComputeAsync(shop.Value.DayOf(computedAt), ct);
        var days = Enumerable.Range(1, MaximumDays).ToArray();
        var items = days.Select(list => JsonSerializer.Serialize(lists[list], JsonSerializerOptions.Web)).ToArray();
        await db.ExecuteAsync(Replace, new { days, items, computedAt }, ct);
        return computedAt;
    }

    // The catalog alone knows what is for sale, so more candidates are taken than a list holds, and again as many,
    // without those found not to be for sale, where a list is still short of some.
    private async Task<ILookup<int, PopularProduct>> ComputeAsync(DateOnly today, CancellationToken ct)
    {
        var forSale = new Dictionary<long, ProductOnShelf>();
        var leftOut = new HashSet<long>();
        for (var depth = 2 * MaximumLength; ; depth *= 2)
        {
            var candidates = await db.QueryAsync<Candidate>(
                SelectCandidates, new { today, maximumDays = MaximumDays, depth, leftOut = leftOut.ToArray() }, ct);
            var unknown = candidates.Select(candidate => candidate.ProductId).Where(
                productId => !forSale.ContainsKey(productId)).Distinct().ToList();
            if (unknown.Count > 0)
            {
                foreach (var product in (await mediator.Send(new FindProducts(unknown), ct)).Where(
                    product => product.IsForSale))
                    forSale.Add(product.ProductId, product);
            }

            var lists = candidates.GroupBy(candidate => candidate.Days).ToList();
            if (lists.All(list => list.Count() < depth || list.Count(candidate => forSale.ContainsKey(
                candidate.ProductId)) >= MaximumLength))
                return Lists(candidates, forSale);
            leftOut.UnionWith(unknown.Where(productId => !forSale.ContainsKey(productId)));
        }
    }

    private static ILookup<int, PopularProduct> Lists(
        IEnumerable<Candidate> candidates, Dictionary<long, ProductOnShelf> forSale) => candidates
        .Where(candidate => forSale.ContainsKey(candidate.ProductId))
        .GroupBy(candidate => candidate.Days)
        .SelectMany(list => list.Take(MaximumLength).Select((candidate, index) => (
            Days: list.Key, Rank: index + 1, candidate.Quantity, Product: forSale[candidate.ProductId])))
        .ToLookup(place => place.Days, place => new PopularProduct(
            place.Rank, place.Product.ProductId, place.Product.Name, place.Product.Price, place.Quantity));
}
