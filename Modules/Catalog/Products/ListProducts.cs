using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Claims;
using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.Messages;

namespace Shop.Catalog.Products;

/// <param name="Q">A part of the name, without case.</param>
internal sealed record ListProducts(ListedStatus Status, ProductSort Sort, string? Q, PageRequest Page) : IQuery<Page<ProductView>>;

internal enum ListedStatus
{
    Selling,
    Stopped,
    All,
}

internal enum ProductSort
{
    Newest,
    PriceAsc,
    PriceDesc,
    Name,
}

internal static class ListProductsEndpoint
{
    public static void MapListProducts(this IEndpointRouteBuilder products) => products
        .MapGet("", ListAsync)
        .WithName(nameof(ListProducts))
        .WithSummary("Products; those not for sale only for administrators")
        .Refuses(StatusCodes.Status401Unauthorized, "auth.unauthenticated")
        .Refuses(StatusCodes.Status403Forbidden, "auth.forbidden");

    private static async Task<Results<Ok<Page<ProductView>>, ChallengeHttpResult, ForbidHttpResult>> ListAsync(
        [Description("SELLING without it; STOPPED and ALL are for administrators."), OneOf(typeof(ListedStatus))] string? status,
        [Description("The order of the list, NEWEST without it."), OneOf(typeof(ProductSort))] string? sort,
        [Description("A part of the name, without case; % and _ stand for themselves."), MaxLength(200)] string? q,
        [AsParameters] PageRequest page, ClaimsPrincipal user, IMediator mediator, CancellationToken ct)
    {
        var listed = EnumQuery.Parse<ListedStatus>("status", status) ?? ListedStatus.Selling;
        if (listed != ListedStatus.Selling && !user.IsInRole(Caller.AdminRole))
            return user.Identity?.IsAuthenticated == true ? TypedResults.Forbid() : TypedResults.Challenge();
        var query = new ListProducts(listed, EnumQuery.Parse<ProductSort>("sort", sort) ?? ProductSort.Newest, q, page);
        return TypedResults.Ok(await mediator.Send(query, ct));
    }
}

internal sealed class ListProductsValidator : AbstractValidator<ListProducts>
{
    public ListProductsValidator() => RuleFor(query => query.Q).MaximumCharacters(200);
}

internal sealed class ListProductsHandler(Db db, Cursors cursors) : IRequestHandler<ListProducts, Page<ProductView>>
{
    // Each sort in its own words, so that one index gives its rows in order, from wherever the page starts.
    private static readonly Dictionary<ProductSort, (string Order, string After)> Sorts = new()
    {
        [ProductSort.Newest] = ("p.product_id desc", "p.product_id < @ProductId"),
        [ProductSort.PriceAsc] = ("p.price, p.product_id", "(p.price, p.product_id) > (@Price, @ProductId)"),
        [ProductSort.PriceDesc] = ("p.price desc, p.product_id desc", "(p.price, p.product_id) < (@Price, @ProductId)"),
        [ProductSort.Name] = ("p.name collate \"C\", p.product_id", "(p.name collate \"C\", p.product_id) > (@Name, @ProductId)"),
    };

    private sealed record After(long ProductId, long? Price, string? Name);

    public async Task<Page<ProductView>> Handle(ListProducts request, CancellationToken cancellationToken)
    {
        var list = $"products/{request.Status}/{request.Sort}/{request.Q}";
        var after = cursors.Read<After>(list, request.Page);
        var rows = await db.QueryAsync<ProductView>(
            SelectPage(request, isFirst: after is null),
            new { after?.ProductId, after?.Price, after?.Name, status = EnumNames.Of(request.Status), request.Q, limit = request.Page.Size + 1 },
            cancellationToken);
        return cursors.Page(list, request.Page, rows, last => new After(
            last.ProductId,
            request.Sort is ProductSort.PriceAsc or ProductSort.PriceDesc ? last.Price : null,
            request.Sort is ProductSort.Name ? last.Name : null));
    }

    // strpos takes the term as it is: % and _ stand for themselves. Stock is looked up for the page's rows alone; a join might choose another order.
    private static string SelectPage(ListProducts request, bool isFirst)
    {
        var (order, after) = Sorts[request.Sort];
        return $"""
            select p.product_id, p.name, p.description, p.price,
                (select s.on_hand - s.reserved from catalog.stock s where s.product_id = p.product_id) as stock, p.status
            from catalog.products p
            where {(request.Status == ListedStatus.All ? "true" : "p.status = @status")}
              and {(isFirst ? "true" : after)}
              and {(string.IsNullOrEmpty(request.Q) ? "true" : "strpos(lower(p.name), lower(@Q)) > 0")}
            order by {order} limit @limit
            """;
    }
}
