using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Concurrency;
using Shop.Catalog.Contracts;

namespace Shop.Catalog.Products.Search;

/// <summary>Where the words of a search are looked for.</summary>
internal enum SearchedText
{
    Name,

    /// <summary>Each word in the name or in the description.</summary>
    All,
}

/// <param name="Q">Words that the name has; see <see cref="SearchTerms"/>. None: all products.</param>
/// <param name="CategoryId">Null: of all categories, and of none.</param>
/// <param name="Caller">Between callers the limiter is fair.</param>
internal sealed record SearchProducts(
    ListedStatus Status, ProductSort Sort, string Q, SearchedText In, long? CategoryId, PageRequest Page,
    CallerKey Caller)
    : IBoundedQuery<Page<ProductView>>, IReplicaQuery
{
    public const int MaximumLength = 100;
}

internal sealed class SearchProductsValidator : AbstractValidator<SearchProducts>
{
    public SearchProductsValidator() => RuleFor(query => query.Q).MaximumCharacters(SearchProducts.MaximumLength);
}

internal sealed class SearchProductsHandler(
    Db db, Cursors cursors, SearchLimiter limiter, IOptions<SearchOptions> options)
    : IRequestHandler<SearchProducts, Page<ProductView>>
{
    // The sample is as long as a word in one name of a hundred needs to fill the page. Descriptions are long: there it
    // is a word in one of ten.
    internal const int SampledForEach = 100;
    private const int DescriptionsForEach = 10;

    // Of all categories together: each has a sample of its own.
    private const int MaximumSample = 50_000;

    private const string SelectUnder = """
        select category_id from catalog.categories
        where category_id = @CategoryId or parent_id = @CategoryId
            or parent_id in (select category_id from catalog.categories where parent_id = @CategoryId)
        """;

    // A list is walked in its index's order even where PostgreSQL takes the table for small, and on one core: starting
    // parallel workers takes longer than most searches.
    internal static readonly (string Name, string Value)[] Planning =
        [("enable_sort", "off"), ("max_parallel_workers_per_gather", "0")];

    public async Task<Page<ProductView>> Handle(SearchProducts request, CancellationToken cancellationToken)
    {
        var terms = SearchTerms.Of(request.Q, request.In);
        // As hosts of before named the list of a search in names.
        var text = request.In == SearchedText.Name ? "" : $"{request.In}/";
        var list = $"products/{request.Status}/{request.Sort}/{request.CategoryId}/{text}"
            + string.Join(' ', terms.Words);
        var after = cursors.Read<ProductPosition>(list, request.Page);
        var limit = request.Page.Size + 1;
        var sampledForEach = request.In == SearchedText.Name ? SampledForEach : DescriptionsForEach;
        using var permit = await limiter.AcquireAsync(request.Caller, cancellationToken);
        long[]? categories = request.CategoryId is null
            ? null
            : [.. await db.QueryAsync<long>(SelectUnder, new { request.CategoryId }, cancellationToken)];
        if (categories is [])
            return new Page<ProductView>([], NextCursor: null);
        var rows = await ReadAsync(
            new ProductOrder(request.Status, request.Sort, IsFirst: after is null, categories is not null),
            terms,
            new
            {
                after?.ProductId,
                after?.Price,
                name = after?.FoldedName(),
                categories,
                limit,
                sample = terms.Words.Count == 0
                    ? limit
                    : Math.Max(limit, Math.Min(sampledForEach * limit, MaximumSample / (categories?.Length ?? 1))),
                patterns = terms.Patterns(),
                initials = terms.InitialPatterns(),
                grams = terms.Grams(),
            },
            cancellationToken);
        return cursors.Page(list, request.Page, rows, last => ProductPosition.Of(last, request.Sort));
    }

    private async Task<IReadOnlyList<ProductView>> ReadAsync(
        ProductOrder order, SearchTerms terms, object parameters, CancellationToken ct)
    {
        try
        {
            return await db.QueryWithinAsync<ProductView>(
                options.Value.Timeout, SelectPage(order, terms), parameters, ct, Planning);
        }
        catch (QueryTimeoutException)
        {
            throw new ErrorException(CatalogErrors.SearchTooBroad.Of());
        }
    }

    /// <summary>
    /// Two ways to a page. A frequent word fills it from a sample of bounded size, the next rows of the list. Where it
    /// does not, and the list goes on after the sample, the index of grams gives all names with the words' grams, which
    /// are checked and sorted. OFFSET 0 is a fence: without it the planner may join indexes, or walk the list or the
    /// whole table for its order.
    /// </summary>
    internal static string SelectPage(ProductOrder order, SearchTerms terms)
    {
        var isInAll = terms.In == SearchedText.All;
        var columns = $"p.product_id, p.price, p.name, p.name_folded{(isInAll ? ", p.description_folded" : "")}";
        var text = isInAll ? "p.name_folded || ' ' || p.description_folded" : "p.name_folded";
        var hasWords = $"{text} like all (@patterns)"
            + (terms.HasInitials ? " and p.name_folded ~ all (@initials)" : "");
        // Initial consonants have an index of their own.
        var gramsOf = terms.HasInitials ? "catalog.initials(p.name_folded)" : text;
        return $"""
            with sampled as (
                select p.product_id from {order.Walk(columns, "@sample")} p
                where {hasWords} order by {order.By} limit @limit),
            rest as (
                select count(*) < @limit
                    and exists (select from {order.Walk(order.Keys, "@sample + 1")} p offset @sample) as is_wanted
                from sampled),
            found as (
                select product_id from sampled where not (select is_wanted from rest)
                union all
                (select p.product_id
                from (
                    select {columns}, p.status, p.category_ids, p.sell_from, p.sell_until from catalog.products p
                    where catalog.name_grams({gramsOf}) @> @grams offset 0) p
                where (select is_wanted from rest) and {hasWords} and {order.IsListed} and {order.IsAfter}
                order by {order.By} limit @limit))
            select {ProductView.Columns}
            from found
            cross join lateral (select * from catalog.products where product_id = found.product_id offset 0) p
            {ProductOrder.Stock}
            order by {order.By}
            """;
    }
}
