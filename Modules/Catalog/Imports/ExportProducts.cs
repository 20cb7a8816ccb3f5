using System.Runtime.CompilerServices;
using Shop.Catalog.Products;

namespace Shop.Catalog.Imports;

/// <summary>Some rows of an export, behind those that were read before.</summary>
internal sealed record ExportProducts(long After) : IQuery<IReadOnlyList<ProductView>>;

internal static class ExportProductsEndpoint
{
    public static void MapExportProducts(this IEndpointRouteBuilder exports) => exports
        .MapGet("/products", (IMediator mediator, CsvExports csv, HttpContext http) =>
            csv.WriteAsync(http, "products.csv", PagesAsync(mediator)))
        .WithName(nameof(ExportProducts))
        .WithSummary("Products as CSV, as long as it takes")
        .WithDescription(
            "The columns of an import, which takes the file as it is and changes nothing by it. A text that a "
            + "spreadsheet would take for a formula starts with an apostrophe. One export of a caller at a time, and "
            + "few altogether.")
        .Produces<string>(StatusCodes.Status200OK, "text/csv")
        .Fails(HttpErrors.RateLimited)
        .DisableRequestTimeout();

    private static async IAsyncEnumerable<string> PagesAsync(
        IMediator mediator, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var page = await mediator.Send(new ExportProducts(After: 0), ct);
        yield return ProductCsv.Header + ProductCsv.Of(page);
        while (page.Count == ExportProductsHandler.PageSize)
        {
            page = await mediator.Send(new ExportProducts(page[^1].ProductId), ct);
            yield return ProductCsv.Of(page);
        }
    }
}

internal sealed class ExportProductsHandler(Db db) : IRequestHandler<ExportProducts, IReadOnlyList<ProductView>>
{
    /// <summary>Descriptions are long: the largest page is 3 MiB.</summary>
    public const int PageSize = 100;

    internal const string SelectPage = $"""
        select {ProductView.Columns}
        from (
            select * from catalog.products where product_id > @After order by product_id limit @limit) p
        {ProductOrder.Stock}
        order by p.product_id
        """;

    public Task<IReadOnlyList<ProductView>> Handle(ExportProducts request, CancellationToken cancellationToken) =>
        db.QueryAsync<ProductView>(SelectPage, new { request.After, limit = PageSize }, cancellationToken);
}
