using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Primitives;
using Shop.BuildingBlocks.Concurrency;
using Shop.Catalog.Contracts;
using Shop.Catalog.Products.Search;

namespace Shop.Catalog.Products;

internal sealed record ListProducts(ListedStatus Status, ProductSort Sort, PageRequest Page)
    : IQuery<Page<ProductView>>, IReplicaQuery;

internal static class ListProductsEndpoint
{
    public static void MapListProducts(this IEndpointRouteBuilder products) => products
        .MapGet("", ListAsync)
        .WithName(nameof(ListProducts))
        .WithSummary("Products; those not for sale only for administrators")
        .WithOwnLimit(IsSearch)
        .Fails(HttpErrors.Unauthenticated, HttpErrors.Forbidden, CatalogErrors.SearchTooBroad);

    private static bool IsSearch(HttpRequest request) =>
        !StringValues.IsNullOrEmpty(request.Query["q"]) || !StringValues.IsNullOrEmpty(request.Query["categoryId"]);

    private static async Task<Results<Ok<Page<ProductView>>, ChallengeHttpResult, ForbidHttpResult>> ListAsync(
        [Description("SELLING without it; UPCOMING is for sale later; STOPPED and ALL need `catalog:write`."),
            OneOf(typeof(ListedStatus))]
        string? status,
        [Description("The order of the list, NEWEST without it."), OneOf(typeof(ProductSort))]
        string? sort,
        [Description("""
            Words that the name has, in any order, also as parts of words; without case, width and composition.
            Blanks of any kind separate them; % and _ stand for themselves.
            """), MaxLength(SearchProducts.MaximumLength)]
        string? q,
        [Description("Where the words are looked for: NAME without it; ALL is name and description."),
            FromQuery(Name = "in"), OneOf(typeof(SearchedText))]
        string? text,
        [Description("A category: its products, and those of the categories under it.")] long? categoryId,
        [AsParameters] PageRequest page, ClaimsPrincipal user, CallerKey caller, IMediator mediator,
        CancellationToken ct)
    {
        var listed = EnumQuery.Parse<ListedStatus>("status", status) ?? ListedStatus.Selling;
        if (listed is ListedStatus.Stopped or ListedStatus.All
            && Caller.IfSignedIn(user)?.Has(Permissions.CatalogWrite) != true)
            return user.Identity?.IsAuthenticated == true ? TypedResults.Forbid() : TypedResults.Challenge();
        var order = EnumQuery.Parse<ProductSort>("sort", sort) ?? ProductSort.Newest;
        var searched = EnumQuery.Parse<SearchedText>("in", text) ?? SearchedText.Name;
        return TypedResults.Ok(string.IsNullOrEmpty(q) && categoryId is null
            ? await mediator.Send(new ListProducts(listed, order, page), ct)
            : await mediator.Send(new SearchProducts(listed, order, q ?? "", searched, categoryId, page, caller), ct));
    }
}

internal sealed class ListProductsHandler(Db db, Cursors cursors) : IRequestHandler<ListProducts, Page<ProductView>>
{
    private const string Columns = """
        p.product_id, p.name, p.name_folded, p.description, p.price, p.status, p.category_ids, p.images, p.sell_from,
            p.sell_until, p.sku
        """;

    public async Task<Page<ProductView>> Handle(ListProducts request, CancellationToken cancellationToken)
    {
        var list = $"products/{request.Status}/{request.Sort}/";
        var after = cursors.Read<ProductPosition>(list, request.Page);
        var rows = await db.QueryAsync<ProductView>(
            SelectPage(new ProductOrder(request.Status, request.Sort, IsFirst: after is null)),
            new { after?.ProductId, after?.Price, name = after?.FoldedName(), limit = request.Page.Size + 1 },
            cancellationToken);
        return cursors.Page(list, request.Page, rows, last => ProductPosition.Of(last, request.Sort));
    }

    private static string SelectPage(ProductOrder order) => $"""
        select {ProductView.Columns}
        from {order.Walk(Columns, "@limit")} p
        {ProductOrder.Stock}
        order by {order.By}
        """;
}
