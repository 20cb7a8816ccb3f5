using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using System.Text;

namespace Shop.Wallet.Wallets;

/// <summary>Some lines of an export, behind those that were read before.</summary>
/// <param name="After">The last id of the page before.</param>
/// <param name="Until">The last id of the export; null for the first page, which finds the ids of the window.</param>
internal sealed record ExportLedger(DateTimeOffset? From, DateTimeOffset? To, long After = 0, long? Until = null)
    : IQuery<LedgerPage>;

/// <param name="Last">The last id that was looked at; null where there is no further page.</param>
internal sealed record LedgerPage(IReadOnlyList<LedgerLine> Lines, long? Last, long Until);

internal sealed record LedgerLine(
    long TransactionId, long UserId, string Type, long Amount, long BalanceAfter, string? Reference,
    DateTimeOffset OccurredAt);

internal static class ExportLedgerEndpoint
{
    public static void MapExportLedger(this IEndpointRouteBuilder exports) => exports
        .MapGet("/ledger", (
            [Description("Only those of this time or later."), DataType(DataType.DateTime)] string? from,
            [Description("Only those of before this time."), DataType(DataType.DateTime)] string? to,
            IMediator mediator, CsvExports csv, HttpContext http) =>
        {
            var first = new ExportLedger(TimeQuery.Parse("from", from), TimeQuery.Parse("to", to));
            return csv.WriteAsync(http, "ledger.csv", PagesAsync(first, mediator));
        })
        .WithName(nameof(ExportLedger))
        .WithSummary("The ledger as CSV, in the order of its ids, as long as it takes")
        .WithDescription(
            "Times are UTC, amounts KRW. A text that a spreadsheet would take for a formula starts with an apostrophe. "
            + "Lines that are written meanwhile may be missing. One export of a caller at a time, and few altogether.")
        .Produces<string>(StatusCodes.Status200OK, "text/csv")
        .Fails(HttpErrors.RateLimited)
        .DisableRequestTimeout();

    private static async IAsyncEnumerable<string> PagesAsync(
        ExportLedger first, IMediator mediator, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var page = await mediator.Send(first, ct);
        yield return LedgerCsv.Header + LedgerCsv.Of(page.Lines);
        while (page.Last is { } last)
        {
            page = await mediator.Send(first with { After = last, Until = page.Until }, ct);
            yield return LedgerCsv.Of(page.Lines);
        }
    }
}

internal sealed class ExportLedgerHandler(Db db) : IRequestHandler<ExportLedger, LedgerPage>
{
    private const int PageSize = 2_000;

    // A window that is open to one side may be nearly the whole ledger, which is then read once more.
    private static readonly TimeSpan WindowTimeout = TimeSpan.FromMinutes(2);

    private const string SelectUntil = "select coalesce(max(transaction_id), 0) from wallet.ledger";

    // The sums keep the planner from a walk along the primary key, which would read all lines of before the window.
    internal const string SelectWindow = """
        select coalesce(min(transaction_id + 0) - 1, 0) as after, coalesce(max(transaction_id + 0), 0) as until
        from wallet.ledger
        where occurred_at >= coalesce(@From, '-infinity') and occurred_at < coalesce(@To, 'infinity')
        """;

    // A page is so many ids, wanted or not: each statement is short, and all of them read the window once.
    private const string SelectLast = """
        select max(transaction_id)
        from (
            select transaction_id from wallet.ledger
            where transaction_id > @after and transaction_id <= @until
            order by transaction_id
            limit @limit) as page
        """;

    private const string SelectLines = """
        select transaction_id, user_id, type, amount, balance_after, coalesce(reference::text, reason) as reference,
            occurred_at
        from wallet.ledger
        where transaction_id > @after and transaction_id <= @last
            and occurred_at >= coalesce(@From, '-infinity') and occurred_at < coalesce(@To, 'infinity')
        order by transaction_id
        """;

    private sealed record Window(long After, long Until);

    public async Task<LedgerPage> Handle(ExportLedger request, CancellationToken cancellationToken)
    {
        var (after, until) = request.Until is { } known
            ? new Window(request.After, known)
            : await FindAsync(request, cancellationToken);
        var last = await db.QuerySingleAsync<long?>(
            SelectLast, new { after, until, limit = PageSize }, cancellationToken);
        if (last is null)
            return new LedgerPage([], Last: null, until);
        var lines = await db.QueryAsync<LedgerLine>(
            SelectLines, new { after, last, request.From, request.To }, cancellationToken);
        return new LedgerPage(lines, last < until ? last : null, until);
    }

    private async Task<Window> FindAsync(ExportLedger request, CancellationToken ct) =>
        request.From is null && request.To is null
            ? new Window(0, await db.QuerySingleAsync<long>(SelectUntil, parameters: null, ct))
            : (await db.QueryWithinAsync<Window>(
                WindowTimeout, SelectWindow, new { request.From, request.To }, ct)).Single();
}

internal static class LedgerCsv
{
    public static readonly string Header = new StringBuilder()
        .AppendCsv("transactionId", "userId", "type", "amount", "balanceAfter", "reference", "occurredAt")
        .ToString();

    public static string Of(IReadOnlyList<LedgerLine> lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            text.AppendCsv(
                line.TransactionId, line.UserId, line.Type, line.Amount, line.BalanceAfter, line.Reference,
                line.OccurredAt);
        }

        return text.ToString();
    }
}
