using Microsoft.AspNetCore.Http;
using Shop.BuildingBlocks.Concurrency;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Streams exports as CSV. Their memory is that of one page each; between pages none holds a connection of the pool.
/// The server ends the connection of a client that stops reading (<c>MinResponseDataRate</c>).
/// </summary>
public sealed class CsvExports
{
    // A caller has one export at a time, of the ledger or of orders.
    private readonly ExportPlaces<CallerKey, CallerKey> places = new(maximum: 4, ofCaller: 1);

    /// <param name="pages">Each is read once the client has taken the one before.</param>
    /// <exception cref="ErrorException">
    /// 429 <c>rate_limited</c>, 503 <c>unavailable</c>: nothing was written.
    /// </exception>
    public async Task WriteAsync(HttpContext http, string fileName, IAsyncEnumerable<string> pages)
    {
        var caller = CallerKey.Of(http);
        using var place = places.Take(caller, caller);
        await StreamAsync(http, fileName, pages);
    }

    private static async Task StreamAsync(HttpContext http, string fileName, IAsyncEnumerable<string> pages)
    {
        var ct = http.RequestAborted;
        await using var page = pages.GetAsyncEnumerator(ct);
        // Before the answer starts, so that an error of the first page is a problem.
        var isAny = await page.MoveNextAsync();
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        if (HttpMethods.IsHead(http.Request.Method))
            return;
        for (; isAny; isAny = await page.MoveNextAsync())
            await http.Response.WriteAsync(page.Current, ct);
    }
}
