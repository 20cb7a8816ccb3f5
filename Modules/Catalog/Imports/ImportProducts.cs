using System.Text;

namespace Shop.Catalog.Imports;

/// <summary>Takes a file of products, which are made and changed off the request.</summary>
internal sealed record ImportProducts(UploadedFile File, int Rows) : ICommand<ImportStarted>;

internal sealed record ImportStarted(Guid ImportId);

internal static class ImportProductsEndpoint
{
    private const long MaximumSize = 10 * 1024 * 1024;

    public static void MapImportProducts(this IEndpointRouteBuilder imports) => imports
        .MapPost("/products", (HttpContext http, IdempotentSender commands, CancellationToken ct) =>
        {
            var file = UploadedFile.Of(http);
            return commands.AcceptedAsync(
                new ImportProducts(file, CountRows(file.Content)),
                import => $"/api/v1/admin/imports/{import.ImportId}",
                ct);
        })
        .TakesFile("text/csv", MaximumSize)
        .WithName(nameof(ImportProducts))
        .WithSummary("Makes and changes products by a CSV file, off the request")
        .WithExample("sku,name,price,stock\r\nKB-1,Keyboard,129000,25\r\n")
        .WithDescription(
            "UTF-8 with a header, of productId, sku, name, description, price, stock, status, categoryIds, imageUrls "
            + "in any order; lists are separated by blanks. A row names its product by productId or by sku; an unknown "
            + "sku is a new product, and so is a row with neither, once for each file and row: until 30 days "
            + "after the last import of the file. A row that takes a sku away which an earlier row names is refused. "
            + "Stock is of new products alone. A column that is not there changes nothing; nor does an empty name, "
            + "price or status, while other empty cells take the value away. An apostrophe before a formula is no part "
            + "of a text. Files are applied one after the other; a repeat of one changes nothing. 408 under 256 KiB a "
            + "second, 413 over 10 MiB.");

    /// <exception cref="ValidationException">It is not UTF-8, or has not a header of known columns.</exception>
    private static int CountRows(Stream content)
    {
        try
        {
            var rows = new ProductRows(content);
            var count = 0;
            while (rows.Read())
                count++;
            return count;
        }
        catch (DecoderFallbackException)
        {
            throw Invalid.Field("body", "Must be text in UTF-8.");
        }
    }
}

internal sealed class ImportProductsHandler(Db db) : IRequestHandler<ImportProducts, ImportStarted>
{
    /// <summary>Imports that are not applied yet.</summary>
    private const int MaximumOpen = 10;

    private const string LockImports = "select pg_advisory_xact_lock(hashtextextended('catalog.imports', 0))";

    private const string InsertImport = """
        insert into catalog.imports (import_id, file_hash, rows, created_at)
        select @importId, @hash, @Rows, (select shop.now())
        where (select count(*) from catalog.imports where finished_at is null) < @MaximumOpen
        """;

    private const string InsertFile =
        "insert into catalog.import_files (import_id, content) values (@importId, @content)";

    public async Task<ImportStarted> Handle(ImportProducts request, CancellationToken cancellationToken)
    {
        var importId = Guid.CreateVersion7();
        db.QueueLock(LockOrder.Queue, LockImports, _ => { });
        await db.FlushAsync(cancellationToken);
        var inserted = await db.ExecuteAsync(
            InsertImport,
            new { importId, hash = request.File.Hash.ToArray(), request.Rows, MaximumOpen },
            cancellationToken);
        if (inserted == 0)
            throw new ErrorException(CommandErrors.Unavailable.Of("Many files wait. Try again shortly."));
        var content = new byte[request.File.Content.Length];
        request.File.Content.Position = 0;
        await request.File.Content.ReadExactlyAsync(content, cancellationToken);
        await db.ExecuteAsync(InsertFile, new { importId, content }, cancellationToken);
        return new ImportStarted(importId);
    }
}
