using System.Runtime.InteropServices;
using Shop.BuildingBlocks.Http;

namespace Shop.Host.Protection.Concurrency;

/// <summary>The classes of requests between which the concurrency limiter is fair.</summary>
internal enum RequestKind
{
    AnonymousRead,
    AnonymousWrite,
    SignedInRead,
    SignedInWrite,
}

/// <summary>The flow that a request belongs to: its user, or where nobody is signed in its network.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CallerKey(long? UserId, ClientNetwork Network)
{
    public static CallerKey Of(HttpContext http) => IsSignedIn(http)
        ? new CallerKey(Caller.Of(http.User).UserId, default)
        : new CallerKey(null, ClientNetwork.Of(http));

    public static RequestKind KindOf(HttpContext http)
    {
        var isRead = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (IsSignedIn(http))
            return isRead ? RequestKind.SignedInRead : RequestKind.SignedInWrite;
        return isRead ? RequestKind.AnonymousRead : RequestKind.AnonymousWrite;
    }

    private static bool IsSignedIn(HttpContext http) => http.User.Identity?.IsAuthenticated == true;
}
