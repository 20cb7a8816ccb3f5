using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Background;

namespace Shop.Catalog.Imports;

/// <summary>
/// Clears reports away a month after their end, and claimed rows a month after the last import of their file; a bounded
/// number at a time. The files of imports go as soon as they are applied.
/// </summary>
internal sealed class ClearImports(IServiceScopeFactory scopes, TimeProvider time, ILogger<ClearImports> log)
    : Worker(time, log)
{
    private const int Reports = 10;
    private const int Rows = 1_000;

    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // With up to a thousand errors each.
    private const string ClearReports = """
        delete from catalog.imports where import_id = any(array(
            select import_id from catalog.imports where finished_at < (select shop.now()) - @Kept
            order by finished_at limit @Reports for update skip locked))
        """;

    private const string ClearRows = """
        delete from catalog.imported_rows where (file_hash, row) in (
            select file_hash, row from catalog.imported_rows where imported_at < (select shop.now()) - @Kept
            order by imported_at limit @Rows for update skip locked)
        """;

    protected override string Name => "catalog.clear-imports";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        return await db.ExecuteAsync(ClearReports, new { Kept, Reports }, ct)
            + await db.ExecuteAsync(ClearRows, new { Kept, Rows }, ct);
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, Time, ct);
}
