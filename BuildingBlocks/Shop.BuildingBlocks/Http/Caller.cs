using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Shop.Messages;

namespace Shop.BuildingBlocks.Http;

/// <summary>Who is asking. A customer acts for itself alone; an administrator for anyone.</summary>
/// <param name="UserId">The signed-in user.</param>
public sealed record Caller(long UserId, bool IsAdmin)
{
    public const string AdminRole = "ADMIN";

    // A principal is the same one for each request with its access token, and is asked several times in each.
    private static readonly ConditionalWeakTable<ClaimsPrincipal, Caller> Known = [];

    public bool MayActFor(long userId) => IsAdmin || UserId == userId;

    /// <summary>For a user id in a request's body.</summary>
    /// <exception cref="ErrorException">403 <c>auth.forbidden</c>.</exception>
    public void MustActFor(long userId)
    {
        if (!MayActFor(userId))
            throw new ErrorException(HttpErrors.Forbidden.Of("You can act for yourself only."));
    }

    public static Caller Of(ClaimsPrincipal user) => Known.GetValue(user, Read);

    /// <summary>Lets an endpoint take the caller as a parameter.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext http) => ValueTask.FromResult(Of(http.User));

    private static Caller Read(ClaimsPrincipal user)
    {
        var userId = user.FindFirstValue(ClaimTypes.NameIdentifier)
            ?? throw new InvalidOperationException("The endpoint lets anonymous callers in.");
        return new Caller(long.Parse(userId, CultureInfo.InvariantCulture), user.IsInRole(AdminRole));
    }
}
