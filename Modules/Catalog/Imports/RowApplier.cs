using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.Catalog.Contracts;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;

namespace Shop.Catalog.Imports;

/// <summary>
/// Applies the rows of a part by the commands that administrators send, in the part's transaction. A row that is
/// refused is undone by itself.
/// </summary>
/// <param name="skus">The first row that has each, of the file up to this part's end.</param>
internal sealed class RowApplier(IServiceProvider scope, byte[] fileHash, IReadOnlyDictionary<string, int> skus)
{
    // Two look-ups by key, whatever the statistics say.
    private const string SelectProducts = $"""
        select {ProductView.Columns}
        from catalog.products p join catalog.stock s on s.product_id = p.product_id
        where p.product_id = any(@ids)
        union
        select {ProductView.Columns}
        from catalog.products p join catalog.stock s on s.product_id = p.product_id
        where p.sku = any(@skus) and p.sku is not null
        """;

    // True for the first import of the file within a month. A row that was not updated has no xmax.
    private const string ClaimRow = """
        insert into catalog.imported_rows (file_hash, row, imported_at) values (@fileHash, @row, (select shop.now()))
        on conflict (file_hash, row) do update set imported_at = excluded.imported_at
        returning xmax = 0
        """;

    private readonly Db db = scope.GetRequiredService<Db>();
    private readonly IMediator mediator = scope.GetRequiredService<IMediator>();
    private readonly Dictionary<long, ProductView> byId = [];
    private readonly Dictionary<string, long> bySku = new(StringComparer.Ordinal);

    /// <returns>The errors of the rows that are refused.</returns>
    public async Task<IReadOnlyList<RowError>> ApplyAsync(IReadOnlyList<ProductRow> rows, CancellationToken ct)
    {
        await ReadProductsAsync(rows, ct);
        // All at once and in their order, as an order locks them.
        scope.GetRequiredService<StockLocks>().Lock(
            [.. rows.Select(Find).OfType<ProductView>().Select(product => product.ProductId)]);
        await db.FlushAsync(ct);
        var errors = new List<RowError>();
        foreach (var row in rows)
        {
            db.SetSavepoint(LockOrder.Stock);
            if (row.Errors.Count > 0 || !await TryApplyAsync(row, ct))
                errors.AddRange(row.Errors);
        }

        return errors;
    }

    private async Task ReadProductsAsync(IReadOnlyList<ProductRow> rows, CancellationToken ct)
    {
        var ids = rows.Select(row => row.ProductId).OfType<long>().Distinct().ToArray();
        var skus = rows.Where(row => row.ProductId is null)
            .Select(row => row.Sku)
            .OfType<string>()
            .Distinct()
            .ToArray();
        foreach (var product in await db.QueryAsync<ProductView>(SelectProducts, new { ids, skus }, ct))
            Note(product);
    }

    private ProductView? Find(ProductRow row) => row switch
    {
        { ProductId: { } productId } => byId.GetValueOrDefault(productId),
        { Sku: { } sku } when bySku.TryGetValue(sku, out var productId) => byId[productId],
        _ => null,
    };

    private void Note(ProductView product)
    {
        if (byId.TryGetValue(product.ProductId, out var before) && before.Sku is { } sku)
            bySku.Remove(sku);
        byId[product.ProductId] = product;
        if (product.Sku is { } named)
            bySku[named] = product.ProductId;
    }

    /// <returns>Whether it holds; otherwise its errors say why not.</returns>
    private async Task<bool> TryApplyAsync(ProductRow row, CancellationToken ct)
    {
        try
        {
            await ApplyAsync(row, ct);
        }
        catch (ValidationException invalid)
        {
            foreach (var failure in invalid.Errors)
                row.Fail(ColumnOf(failure.PropertyName), failure.ErrorMessage);
        }
        catch (ErrorException refused)
        {
            row.Fail(ColumnOf(refused.Error), refused.Error.Detail);
        }
        catch (PostgresException refused) when (refused.SqlState.StartsWith("22", StringComparison.Ordinal)
            || refused.SqlState.StartsWith("23", StringComparison.Ordinal))
        {
            // A value that only the schema refuses must not hold up the rows behind it.
            row.Fail("row", "Can't be stored.");
        }

        if (row.Errors.Count > 0)
            await db.RollbackToSavepointAsync(ct);
        return row.Errors.Count == 0;
    }

    private async Task ApplyAsync(ProductRow row, CancellationToken ct)
    {
        if (Find(row) is { } product)
        {
            if (row.ToChange(product) is { } change && !TakesAwaySku(row, product, change))
                Note((await mediator.Send(change, ct)).After);
        }
        else if (row.ProductId is { } productId)
            throw new ErrorException(CatalogErrors.ProductNotFound.Of(productId));
        else if (row.ToCreate() is { } create && (row.Sku is not null || await ClaimAsync(row, ct)))
            Note(await mediator.Send(create, ct));
    }

    // The earlier row would mean another product, or a new one, when the file comes a second time.
    private bool TakesAwaySku(ProductRow row, ProductView product, ChangeProduct change)
    {
        if (!change.ChangesSku || product.Sku is not { } sku || skus.GetValueOrDefault(sku, row.Number) >= row.Number)
            return false;
        row.Fail(ProductCsv.Sku, $"Row {skus[sku]} names the sku that this takes away; send this in another file.");
        return true;
    }

    private Task<bool> ClaimAsync(ProductRow row, CancellationToken ct) =>
        db.QuerySingleAsync<bool>(ClaimRow, new { fileHash, row = row.Number }, ct);

    private static string ColumnOf(Error error) => error.Code switch
    {
        var code when code == CatalogErrors.SkuTaken.Code => ProductCsv.Sku,
        var code when code == CatalogErrors.CategoryNotFound.Code => ProductCsv.CategoryIds,
        var code when code == CatalogErrors.ProductNotFound.Code => ProductCsv.ProductId,
        _ => "row",
    };

    // Images[0].Url is of the column imageUrls.
    private static string ColumnOf(string member)
    {
        var name = member.Split('[', '.')[0];
        return name == nameof(ChangeProduct.Images)
            ? ProductCsv.ImageUrls
            : ProductCsv.Columns.FirstOrDefault(
                column => string.Equals(column, name, StringComparison.OrdinalIgnoreCase)) ?? "row";
    }
}
