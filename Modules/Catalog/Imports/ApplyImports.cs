using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Background;

namespace Shop.Catalog.Imports;

/// <summary>
/// Applies imports in the order of their arrival, a part in each transaction. The import's row is locked, so that two
/// hosts apply no part twice; after a crash any host goes on behind the last part.
/// </summary>
internal sealed class ApplyImports(Transactions transactions, TimeProvider time, ILogger<ApplyImports> log)
    : Worker(time, log)
{
    /// <summary>
    /// Rows of a part: as long as it lasts, orders wait for the stock of the products that it changes.
    /// </summary>
    private const int Part = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // The oldest or none: of two files the later one has the last word.
    private const string LockOldest = """
        select import_id, file_hash, done, failed from catalog.imports
        where import_id = (select import_id from catalog.imports where finished_at is null order by position limit 1)
            and finished_at is null
        for no key update skip locked
        """;

    private const string SelectFile = "select content from catalog.import_files where import_id = @importId";

    private const string Advance = """
        update catalog.imports
        set done = done + @applied, failed = failed + @refused,
            finished_at = case when @isLast then (select shop.now()) end
        where import_id = @importId
        """;

    private const string DeleteFile = "delete from catalog.import_files where import_id = @importId";

    private const string InsertErrors = """
        insert into catalog.import_errors (import_id, row, field, message)
        select @importId, row, field, message
        from unnest(@rows, @fields, @messages) as e (row, field, message)
        """;

    // Kept from part to part, so that a file is parsed once.
    private OpenFile? open;

    protected override string Name => "product-imports";

    /// <returns>The number of rows applied, and one for the end of a file.</returns>
    public override Task<int> RunOnceAsync(CancellationToken ct) => transactions.RunAsync(ApplyPartAsync, ct);

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Pause, Time, ct);

    private async Task<int> ApplyPartAsync(IServiceProvider scope, CancellationToken ct)
    {
        var db = scope.GetRequiredService<Db>();
        OpenImport? import = null;
        db.QueueLock(
            LockOrder.Queue,
            LockOldest,
            row => import = new OpenImport(
                row.GetGuid(0), row.GetFieldValue<byte[]>(1), row.GetInt32(2), row.GetInt32(3)));
        await db.FlushAsync(ct);
        if (import is null)
        {
            open = null;
            return 0;
        }

        var file = await OpenAsync(db, import, ct);
        var part = file.Take(Part);
        var errors = await new RowApplier(scope, import.FileHash, file.Skus).ApplyAsync(part, ct);
        await ReportAsync(db, import, part.Count, errors, ct);
        return Math.Max(1, part.Count);
    }

    private async Task<OpenFile> OpenAsync(Db db, OpenImport import, CancellationToken ct)
    {
        // Behind, where a part was undone.
        if (open is null || open.ImportId != import.ImportId || open.Taken > import.Done)
            open = new OpenFile(
                import.ImportId, await db.QuerySingleAsync<byte[]>(SelectFile, new { importId = import.ImportId }, ct));
        open.SkipTo(import.Done);
        return open;
    }

    private static async Task ReportAsync(
        Db db, OpenImport import, int applied, IReadOnlyList<RowError> errors, CancellationToken ct)
    {
        var importId = import.ImportId;
        var refused = errors.Select(error => error.Row).Distinct().Count();
        var room = Math.Max(0, Import.MaximumErrors - import.Failed);
        var told = errors.GroupBy(error => (error.Row, error.Field)).Take(room).ToList();
        var isLast = applied < Part;
        await db.ExecuteAsync(Advance, new { importId, applied, refused, isLast }, ct);
        if (told.Count > 0)
            await db.ExecuteAsync(
                InsertErrors,
                new
                {
                    importId,
                    rows = told.Select(error => error.Key.Row).ToArray(),
                    fields = told.Select(error => error.Key.Field).ToArray(),
                    messages = told.Select(
                        error => string.Join(' ', error.Select(one => one.Message).Distinct())).ToArray(),
                },
                ct);
        if (isLast)
            await db.ExecuteAsync(DeleteFile, new { importId }, ct);
    }

    private sealed record OpenImport(Guid ImportId, byte[] FileHash, int Done, int Failed);

    private sealed class OpenFile(Guid importId, byte[] content)
    {
        private readonly ProductRows rows = new(new MemoryStream(content));
        private readonly Dictionary<string, int> skus = new(StringComparer.Ordinal);

        public Guid ImportId { get; } = importId;

        /// <summary>Rows that were taken.</summary>
        public int Taken { get; private set; }

        /// <summary>The first row that has each, of those that were taken.</summary>
        public IReadOnlyDictionary<string, int> Skus => skus;

        public void SkipTo(int done)
        {
            while (Taken < done && rows.Read())
                TakeRow();
        }

        public List<ProductRow> Take(int count)
        {
            var part = new List<ProductRow>(count);
            while (part.Count < count && rows.Read())
                part.Add(TakeRow());
            return part;
        }

        private ProductRow TakeRow()
        {
            var row = rows.Parse();
            if (row.Sku is { } sku)
                skus.TryAdd(sku, row.Number);
            Taken++;
            return row;
        }
    }
}
