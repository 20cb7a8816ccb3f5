using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Shop.BuildingBlocks.Http;

/// <summary>The kind of a caller.</summary>
public enum CallerType
{
    User,
    ApiKey,
}

/// <summary>The permissions of users at this moment.</summary>
public interface IUserPermissions
{
    /// <returns><see cref="Permissions.None"/> for a customer, and for a user that does not exist.</returns>
    Permissions Of(long userId);
}

/// <summary>
/// The caller of a request with its permissions. A customer acts for itself alone; a caller with <c>users:act-for</c>
/// acts for each user that holds no permission which the caller lacks.
/// </summary>
public sealed class Caller
{
    private readonly IUserPermissions users;

    private Caller(CallerType type, string id, long number, Permissions permissions, IUserPermissions users)
    {
        (Type, Id, Number, Permissions) = (type, id, number, permissions);
        this.users = users;
    }

    public CallerType Type { get; }

    /// <summary>The user's number, or the API key's UUID.</summary>
    public string Id { get; }

    /// <summary>
    /// The type and the id in one number: a user's id, which is positive, or the negative number of an API key.
    /// </summary>
    public long Number { get; }

    public Permissions Permissions { get; }

    /// <summary>The signed-in user; null for an API key.</summary>
    public long? UserId => Type == CallerType.User ? Number : null;

    /// <summary>As logs name it: <c>USER 7</c>.</summary>
    public override string ToString() => $"{EnumNames.Of(Type)} {Id}";

    public static Caller OfUser(long userId, Permissions permissions, IUserPermissions users) =>
        new(CallerType.User, userId.ToString(CultureInfo.InvariantCulture), userId, permissions, users);

    /// <param name="number">Positive, and the key's alone.</param>
    public static Caller OfApiKey(Guid apiKeyId, long number, Permissions permissions, IUserPermissions users) =>
        new(CallerType.ApiKey, apiKeyId.ToString(), -number, permissions, users);

    /// <param name="permission">One, or several of which each is needed.</param>
    public bool Has(Permissions permission) => Permissions.Cover(permission);

    /// <summary>Whether the caller has every permission that the user holds.</summary>
    private bool Covers(long userId) =>
        Permissions == PermissionNames.Everything || Permissions.Cover(users.Of(userId));

    public bool MayActFor(long userId) => UserId == userId || (Has(Permissions.UsersActFor) && Covers(userId));

    /// <summary>For what a user has: its own, of somebody it acts for, or of anybody with the permission.</summary>
    public bool MayRead(long userId, Permissions permission) => Has(permission) || MayActFor(userId);

    /// <summary>For a user id in a request's body.</summary>
    /// <exception cref="ErrorException">403 <c>auth.forbidden</c>.</exception>
    public void MustActFor(long userId)
    {
        if (!MayActFor(userId))
            throw new ErrorException(HttpErrors.Forbidden.Of(
                Has(Permissions.UsersActFor) ? PermissionSets.UserHoldsMore : "You can act for yourself only."));
    }

    /// <summary>For what changes or shows a user, save its own account.</summary>
    /// <param name="held">The user's permissions by its row: the host's own view may be seconds old.</param>
    /// <exception cref="ErrorException">403 <c>auth.forbidden</c>.</exception>
    public void MustCover(long userId, Permissions held)
    {
        if (UserId != userId)
            Permissions.MustCover(held);
    }

    /// <exception cref="ErrorException">403 <c>auth.forbidden</c>.</exception>
    public void MustHave(Permissions permissions)
    {
        if (!Has(permissions))
            throw new ErrorException(HttpErrors.Forbidden.Of(
                $"This needs {string.Join(", ", PermissionNames.Of(permissions & ~Permissions))}."));
    }

    public static Caller Of(ClaimsPrincipal user) =>
        IfSignedIn(user) ?? throw new InvalidOperationException("The endpoint lets anonymous callers in.");

    public static Caller? IfSignedIn(ClaimsPrincipal user) => (user as CallerPrincipal)?.Caller;

    /// <summary>Lets an endpoint take the caller as a parameter.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext http) => ValueTask.FromResult(Of(http.User));
}

/// <summary>The principal of an authenticated request.</summary>
public sealed class CallerPrincipal(Caller caller, ClaimsIdentity identity) : ClaimsPrincipal(identity)
{
    public Caller Caller { get; } = caller;
}
