using Shop.BuildingBlocks.Concurrency;

namespace Shop.Host.Protection;

/// <summary>The classes of requests between which the overload limiter is fair.</summary>
internal enum RequestKind
{
    AnonymousRead,
    AnonymousWrite,
    SignedInRead,
    SignedInWrite,
}

internal static class RequestKinds
{
    public static readonly int Count = Enum.GetValues<RequestKind>().Length;

    public static RequestKind Of(HttpContext http)
    {
        var isRead = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (CallerKey.IsSignedIn(http))
            return isRead ? RequestKind.SignedInRead : RequestKind.SignedInWrite;
        return isRead ? RequestKind.AnonymousRead : RequestKind.AnonymousWrite;
    }
}
