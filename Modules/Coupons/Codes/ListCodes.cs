using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Shop.Coupons.Contracts;

namespace Shop.Coupons.Codes;

/// <param name="After">The last id of those that were read before, or 0.</param>
internal sealed record ListCodes(long CouponId, long After, int Limit) : IQuery<IReadOnlyList<CodeRow>>, IReplicaQuery;

internal sealed record CodeRow(long CodeId, string Code, int Uses, int Used, Guid? BatchId)
{
    public CouponCode ToCode() => new(Code, Uses, Used, BatchId);
}

internal static class ListCodesEndpoint
{
    private const int CsvPage = 2_000;

    private sealed record After(long CodeId);

    public static void MapListCodes(this IEndpointRouteBuilder coupons) => coupons
        .MapGet("/{couponId:long}/codes", ListAsync)
        .WithName(nameof(ListCodes))
        .WithSummary("A coupon's codes, oldest first; all of them as CSV with Accept: text/csv")
        .Produces<Page<CouponCode>>(StatusCodes.Status200OK, "application/json", "text/csv")
        .Fails(CouponErrors.NotFound, HttpErrors.RateLimited);

    private static async Task<Results<Ok<Page<CouponCode>>, EmptyHttpResult>> ListAsync(
        long couponId, [AsParameters] PageRequest page, HttpContext http, IMediator mediator, CsvExports csv,
        Cursors cursors, CancellationToken ct)
    {
        if (IsCsvWanted(http.Request))
        {
            await csv.WriteAsync(http, "codes.csv", PagesAsync(new ListCodes(couponId, 0, CsvPage), mediator, ct));
            return TypedResults.Empty;
        }

        var list = $"codes/{couponId}";
        var after = cursors.Read<After>(list, page)?.CodeId ?? 0;
        var rows = await mediator.Send(new ListCodes(couponId, after, page.Size + 1), ct);
        return TypedResults.Ok(
            cursors.Page(list, page, rows, last => new After(last.CodeId)).Select(row => row.ToCode()));
    }

    // Named, and not less welcome than JSON (RFC 9110).
    private static bool IsCsvWanted(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
        && QualityOf("text/csv", accepted) is > 0 and var csv
        && csv >= QualityOf("application/json", accepted);

    private static double QualityOf(string name, IEnumerable<MediaTypeHeaderValue> accepted) => accepted
        .Where(type => type.MediaType.Equals(name, StringComparison.OrdinalIgnoreCase))
        .Select(type => type.Quality ?? 1)
        .DefaultIfEmpty(0)
        .Max();

    private static async IAsyncEnumerable<string> PagesAsync(
        ListCodes first, IMediator mediator, [EnumeratorCancellation] CancellationToken ct)
    {
        var page = await mediator.Send(first, ct);
        yield return Csv(page, new StringBuilder().AppendCsv("code", "uses", "used", "batchId"));
        while (page.Count == CsvPage)
        {
            page = await mediator.Send(first with { After = page[^1].CodeId }, ct);
            yield return Csv(page, new StringBuilder());
        }
    }

    private static string Csv(IReadOnlyList<CodeRow> page, StringBuilder text)
    {
        foreach (var code in page)
            text.AppendCsv(code.Code, code.Uses, code.Used, code.BatchId);
        return text.ToString();
    }
}

internal sealed class ListCodesHandler(Db db) : IRequestHandler<ListCodes, IReadOnlyList<CodeRow>>
{
    private const string CouponExists = "select true from coupons.coupons where coupon_id = @CouponId";

    private const string SelectCodes = """
        select code_id, code, uses, used, batch_id from coupons.codes
        where coupon_id = @CouponId and code_id > @After
        order by code_id
        limit @Limit
        """;

    public async Task<IReadOnlyList<CodeRow>> Handle(ListCodes request, CancellationToken cancellationToken)
    {
        var rows = await db.QueryAsync<CodeRow>(SelectCodes, request, cancellationToken);
        if (rows.Count == 0
            && !await db.QuerySingleOrDefaultAsync<bool>(CouponExists, new { request.CouponId }, cancellationToken))
            throw new ErrorException(CouponErrors.NotFound.Of(request.CouponId));
        return rows;
    }
}
