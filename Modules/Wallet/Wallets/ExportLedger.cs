using System.ComponentModel;
using System.Text;

namespace Shop.Wallet.Wallets;

/// <summary>Some lines of an export, behind those that were read before.</summary>
/// <param name="After">The last id of the lines before.</param>
/// <param name="Until">The last id of the export; null for the page that finds it out.</param>
internal sealed record ExportLedger(DateTimeOffset? From, DateTimeOffset? To, long After, long? Until)
    : IQuery<LedgerPage>;

internal sealed record LedgerPage(IReadOnlyList<LedgerLine> Lines, long Until);

internal sealed record LedgerLine(
    long TransactionId, long UserId, string Type, long Amount, long BalanceAfter, string? Reference,
    DateTimeOffset OccurredAt);

internal static class ExportLedgerEndpoint
{
    // A flood of exports is one scan of the ledger each.
    private const int AtOnce = 2;

    private static readonly SemaphoreSlim Exports = new(AtOnce);

    public static void MapExportLedger(this IEndpointRouteBuilder exports) => exports
        .MapGet("/ledger", WriteAsync)
        .WithName(nameof(ExportLedger))
        .WithSummary("The ledger as CSV, in the order of its ids, as long as it takes")
        .WithDescription(
            "Times are UTC, amounts KRW. A text that a spreadsheet would take for a formula starts with an apostrophe. "
            + "Two at once on a host; then 503.")
        .Produces<string>(StatusCodes.Status200OK, "text/csv")
        .DisableRequestTimeout();

    // A page at a time: the memory is that of one page, and no connection is held while the client takes it.
    private static async Task WriteAsync(
        [Description("Only those of this time or later.")] string? from,
        [Description("Only those of before this time.")] string? to,
        IMediator mediator, HttpContext http)
    {
        var (since, before) = (TimeQuery.Parse("from", from), TimeQuery.Parse("to", to));
        if (!await Exports.WaitAsync(TimeSpan.Zero, http.RequestAborted))
            throw new ErrorException(CommandErrors.Unavailable.Of("Other exports are under way. Try again later."));
        try
        {
            await StreamAsync(since, before, mediator, http);
        }
        finally
        {
            Exports.Release();
        }
    }

    private static async Task StreamAsync(
        DateTimeOffset? since, DateTimeOffset? before, IMediator mediator, HttpContext http)
    {
        var ct = http.RequestAborted;
        var page = await mediator.Send(new ExportLedger(since, before, After: 0, Until: null), ct);
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"ledger.csv\"";
        if (HttpMethods.IsHead(http.Request.Method))
            return;

        await http.Response.WriteAsync(LedgerCsv.Header, ct);
        while (page.Lines.Count > 0)
        {
            await http.Response.WriteAsync(LedgerCsv.Of(page.Lines), ct);
            if (page.Lines.Count < ExportLedgerHandler.PageSize)
                return;
            page = await mediator.Send(
                new ExportLedger(since, before, page.Lines[^1].TransactionId, page.Until), ct);
        }
    }
}

internal sealed class ExportLedgerHandler(Db db) : IRequestHandler<ExportLedger, LedgerPage>
{
    public const int PageSize = 1_000;

    private const string SelectLast = "select coalesce(max(transaction_id), 0) from wallet.ledger";

    // By the key, so that all pages together read the ledger once, whatever the window.
    private const string SelectPage = """
        select transaction_id, user_id, type, amount, balance_after, coalesce(reference::text, reason) as reference,
            occurred_at
        from wallet.ledger
        where transaction_id > @After and transaction_id <= @until
            and occurred_at >= coalesce(@From, '-infinity') and occurred_at < coalesce(@To, 'infinity')
        order by transaction_id
        limit @limit
        """;

    public async Task<LedgerPage> Handle(ExportLedger request, CancellationToken cancellationToken)
    {
        var until = request.Until ?? await db.QuerySingleAsync<long>(SelectLast, parameters: null, cancellationToken);
        var lines = await db.QueryAsync<LedgerLine>(
            SelectPage,
            new { request.After, until, request.From, request.To, limit = PageSize },
            cancellationToken);
        return new LedgerPage(lines, until);
    }
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
