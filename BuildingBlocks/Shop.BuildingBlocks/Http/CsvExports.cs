using Microsoft.AspNetCore.Http;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Concurrency;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Streams exports as CSV. Their memory is that of one page each; between pages none holds a connection of the pool.
/// The server ends the connection of a client that stops reading (<c>MinResponseDataRate</c>).
/// </summary>
public sealed class CsvExports
{
    private const int MaximumAtOnce = 4;

    private readonly Lock access = new();
    private readonly HashSet<CallerKey> underWay = [];

    /// <param name="pages">Each is read once the client has taken the one before.</param>
    /// <exception cref="ErrorException">
    /// 429 <c>rate_limited</c>, 503 <c>unavailable</c>: nothing was written.
    /// </exception>
    public async Task WriteAsync(HttpContext http, string fileName, IAsyncEnumerable<string> pages)
    {
        var caller = CallerKey.Of(http);
        Begin(caller);
        try
        {
            await StreamAsync(http, fileName, pages);
        }
        finally
        {
            lock (access)
                underWay.Remove(caller);
        }
    }

    private void Begin(CallerKey caller)
    {
        lock (access)
        {
            if (underWay.Contains(caller))
                throw new ErrorException(HttpErrors.RateLimited.Of("An export of this caller is under way."));
            if (underWay.Count >= MaximumAtOnce)
                throw new ErrorException(
                    CommandErrors.Unavailable.Of("Other exports are under way. Try again shortly."));
            underWay.Add(caller);
        }
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
