using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Shop.BuildingBlocks.Concurrency;

namespace Shop.Catalog.Products.Search;

/// <param name="Q">The beginning of what is searched for.</param>
/// <param name="Caller">Between callers the limiter is fair.</param>
internal sealed record SuggestProducts(string Q, CallerKey Caller) : IBoundedQuery<ProductSuggestions>, IReplicaQuery;

/// <summary>Products for sale, best first: ten at most.</summary>
internal sealed record ProductSuggestions(IReadOnlyList<ProductSuggestion> Items);

internal sealed record ProductSuggestion(long ProductId, string Name);

internal static class SuggestProductsEndpoint
{
    public static void MapSuggestProducts(this IEndpointRouteBuilder products) => products
        .MapGet("/suggestions", async (
            [Description("The beginning of a name or of a word in it, or else a part of a word; none without it."),
                MaxLength(SearchProducts.MaximumLength)]
            string? q,
            CallerKey caller, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new SuggestProducts(q ?? "", caller), ct)))
        .WithName(nameof(SuggestProducts))
        .WithSummary("Up to ten products whose names go with what has been typed")
        .WithOwnLimit(_ => true);
}

internal sealed class SuggestProductsValidator : AbstractValidator<SuggestProducts>
{
    public SuggestProductsValidator() => RuleFor(query => query.Q).MaximumCharacters(SearchProducts.MaximumLength);
}

internal sealed class SuggestProductsHandler(Db db, SearchLimiter limiter)
    : IRequestHandler<SuggestProducts, ProductSuggestions>
{
    private const int Maximum = 10;

    // A name may have the beginning several times.
    private const int Rests = 5 * Maximum;

    // As catalog.rests_of_name has it.
    private const int RestLength = 40;

    private const string LastCodePoint = "\U0010FFFF";

    // People wait for it while they type: a statement that takes longer adds nothing.
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(50);

    private const string IsForSale = """
        p.status = 'SELLING' and coalesce(p.sell_from <= (select shop.now()), true)
            and coalesce(p.sell_until > (select shop.now()), true)
        """;

    // Names that begin so, then words that begin so: each a range of an index, in its order.
    private const string SelectBeginnings = $"""
        (select p.product_id, p.name from catalog.products p
        where {IsForSale} and p.name_folded between @q and @q || @last
        order by p.name_folded, p.product_id limit @Maximum)
        union all
        (select w.product_id, p.name from catalog.name_words w
        cross join lateral (
            select name from catalog.products p
            where p.product_id = w.product_id and {IsForSale} and strpos(p.name_folded, @q) > 0 offset 0) p
        where w.rest between @rest and @rest || @last
        order by w.rest, w.product_id limit @Rests)
        """;

    private static readonly ProductOrder Newest = new(ListedStatus.Selling, ProductSort.Newest, IsFirst: true);

    public async Task<ProductSuggestions> Handle(SuggestProducts request, CancellationToken cancellationToken)
    {
        var terms = SearchTerms.Of(request.Q);
        if (terms.Words.Count == 0)
            return new ProductSuggestions([]);
        using var permit = await limiter.AcquireAsync(request.Caller, cancellationToken);
        var found = await ReadBeginningsAsync(FoldedText.Of(request.Q), cancellationToken);
        if (found.Count < Maximum)
            found = Merge(found.Concat(await ReadPartsAsync(terms, cancellationToken)));
        return new ProductSuggestions(found);
    }

    private static List<ProductSuggestion> Merge(IEnumerable<ProductSuggestion> found) =>
        [.. found.DistinctBy(product => product.ProductId).Take(Maximum)];

    private async Task<List<ProductSuggestion>> ReadBeginningsAsync(string q, CancellationToken ct)
    {
        var rest = string.Concat(q.EnumerateRunes().Take(RestLength));
        return Merge(await ReadAsync<ProductSuggestion>(
            SelectBeginnings, new { q, rest, last = LastCodePoint, Maximum, Rests }, ct));
    }

    private async Task<IEnumerable<ProductSuggestion>> ReadPartsAsync(SearchTerms terms, CancellationToken ct)
    {
        var products = await ReadAsync<ProductView>(
            SearchProductsHandler.SelectPage(Newest, terms),
            new
            {
                limit = Maximum,
                sample = SearchProductsHandler.SampledForEach * Maximum,
                patterns = terms.Patterns(),
                initials = terms.InitialPatterns(),
                grams = terms.Grams(),
            },
            ct);
        return products.Select(product => new ProductSuggestion(product.ProductId, product.Name));
    }

    private async Task<IReadOnlyList<T>> ReadAsync<T>(string sql, object parameters, CancellationToken ct)
    {
        try
        {
            return await db.QueryWithinAsync<T>(Timeout, sql, parameters, ct, SearchProductsHandler.Planning);
        }
        catch (QueryTimeoutException)
        {
            return [];
        }
    }
}
