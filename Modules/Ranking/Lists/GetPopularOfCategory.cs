using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.Catalog.Contracts;

namespace Shop.Ranking.Lists;

/// <summary>The best sellers of a category and of those under it; none of a category that is unknown.</summary>
/// <param name="Days">The last calendar days of the shop, today included.</param>
internal sealed record GetPopularOfCategory(int Days, int Limit, long CategoryId)
    : IBoundedQuery<PopularProducts>, IReplicaQuery;

internal sealed class GetPopularOfCategoryValidator : AbstractValidator<GetPopularOfCategory>
{
    public GetPopularOfCategoryValidator()
    {
        RuleFor(query => query.Days).InclusiveBetween(1, PopularLists.MaximumDays);
        RuleFor(query => query.Limit).InclusiveBetween(1, PopularLists.MaximumLength);
    }
}

internal sealed class GetPopularOfCategoryHandler(Db db, CategoryLists lists, IMediator mediator)
    : IQueryBatchHandler<GetPopularOfCategory, PopularProducts>
{
    private const string SelectComputedAt = "select max(computed_at) from ranking.lists";

    public async Task<IReadOnlyList<Result<PopularProducts>>> ReadAsync(
        IReadOnlyList<GetPopularOfCategory> queries, CancellationToken ct)
    {
        var computedAt = await db.QuerySingleAsync<DateTimeOffset>(SelectComputedAt, null, ct);
        var found = new List<IReadOnlyList<SoldProduct>>();
        foreach (var query in queries)
            found.Add(await lists.ReadAsync(query.Days, query.CategoryId, computedAt, db, mediator, ct));

        // Products that were stopped since leave their places to the next.
        List<long> productIds = [.. found.SelectMany(list => list).Select(sold => sold.ProductId).Distinct()];
        var products = productIds.Count == 0
            ? []
            : (await mediator.Send(new FindProducts(productIds), ct)).Where(product => product.IsForSale)
                .ToDictionary(product => product.ProductId);
        return
        [
            .. queries.Zip(found, (query, list) => (Result<PopularProducts>)new PopularProducts(
                query.Days, computedAt, Ranked(list, products, query.Limit))),
        ];
    }

    private static List<PopularProduct> Ranked(
        IReadOnlyList<SoldProduct> list, Dictionary<long, ProductOnShelf> products, int limit) =>
    [
        .. list.Where(sold => products.ContainsKey(sold.ProductId))
            .Take(limit)
            .Select((sold, index) => new PopularProduct(
                index + 1, sold.ProductId, products[sold.ProductId].Name, products[sold.ProductId].Price,
                sold.Quantity)),
    ];
}

internal sealed record SoldProduct(long ProductId, long Quantity);

/// <summary>
/// The best sellers of each category, as this process has computed them from the sales: once for each number of days
/// that is asked for, after each computation of the stored lists. One batch at a time reads them.
/// </summary>
internal sealed class CategoryLists(IOptions<ShopOptions> shop)
{
    /// <summary>The products sold most, which have a place in the lists of their categories.</summary>
    public const int MostProducts = 200_000;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    // Unlike other statements not by keys: it reads all sales of the days.
    private static readonly (string Name, string Value)[] Planning =
        [("enable_seqscan", "on"), ("max_parallel_workers_per_gather", "0"), ("work_mem", "64MB")];

    private const string SelectSold = """
        select product_id, quantity
        from (
            select product_id, sum(quantity)::bigint as quantity
            from ranking.daily_sales
            where day > @today - @days and day <= @today
            group by product_id) sold
        where quantity > 0
        order by quantity desc, product_id limit @MostProducts
        """;

    private sealed record Computed(DateTimeOffset At, IReadOnlyDictionary<long, List<SoldProduct>> OfCategory);

    private readonly Computed?[] computed = new Computed?[PopularLists.MaximumDays + 1];

    /// <returns>The category's best sellers, best first.</returns>
    /// <exception cref="ErrorException">503 <c>unavailable</c>: the sales could not be read in time.</exception>
    public async Task<IReadOnlyList<SoldProduct>> ReadAsync(
        int days, long categoryId, DateTimeOffset computedAt, Db db, IMediator mediator, CancellationToken ct)
    {
        if (computed[days]?.At != computedAt)
            computed[days] = await ComputeAsync(days, computedAt, db, mediator, ct);
        return computed[days]!.OfCategory.TryGetValue(categoryId, out var list) ? list : [];
    }

    private async Task<Computed> ComputeAsync(
        int days, DateTimeOffset computedAt, Db db, IMediator mediator, CancellationToken ct)
    {
        var sold = await ReadSoldAsync(shop.Value.DayOf(computedAt), days, db, ct);
        var found = await mediator.Send(new FindCategories([.. sold.Select(product => product.ProductId)]), ct);
        var categories = found.ToDictionary(product => product.ProductId, product => product.CategoryIds);
        var lists = new Dictionary<long, List<SoldProduct>>();
        foreach (var product in sold)
        {
            foreach (var categoryId in categories.GetValueOrDefault(product.ProductId) ?? [])
            {
                if (!lists.TryGetValue(categoryId, out var list))
                    lists.Add(categoryId, list = []);
                if (list.Count < PopularLists.MaximumLength)
                    list.Add(product);
            }
        }

        return new Computed(computedAt, lists);
    }

    private static async Task<IReadOnlyList<SoldProduct>> ReadSoldAsync(
        DateOnly today, int days, Db db, CancellationToken ct)
    {
        try
        {
            return await db.QueryWithinAsync<SoldProduct>(
                Timeout, SelectSold, new { today, days, MostProducts }, ct, Planning);
        }
        catch (QueryTimeoutException)
        {
            throw new ErrorException(
                CommandErrors.Unavailable.Of("The sales could not be read in time. Try again shortly."));
        }
    }
}
