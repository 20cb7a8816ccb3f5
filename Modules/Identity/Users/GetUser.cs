using Shop.Wallet.Contracts;

namespace Shop.Identity.Users;

internal sealed record GetUser(long UserId) : IQuery<UserView>;

/// <param name="Role">The name of a <see cref="Users.Role"/>.</param>
/// <param name="Status">A DISABLED account can't sign in; of an ERASED one e-mail and name are null.</param>
internal sealed record UserView(
    long UserId, string? Email, string? Name, string Role, UserStatus Status, DateTimeOffset CreatedAt)
    : ITagged
{
    internal const string Columns = "user_id, email, name, role, status, created_at";

    internal const string Select = $"select {Columns} from identity.users";

    object ITagged.Tagged => this;
}

/// <summary>The signed-in user's own account.</summary>
/// <param name="Permissions">The caller's at this moment, by its role and its token.</param>
internal sealed record OwnUserView(
    long UserId, string? Email, string? Name, string Role, UserStatus Status, DateTimeOffset CreatedAt,
    IReadOnlyList<string> Permissions)
    : ITagged
{
    // The same account has the same tag wherever it is read.
    object ITagged.Tagged => new UserView(UserId, Email, Name, Role, Status, CreatedAt);

    public static OwnUserView Of(UserView user, Permissions permissions) => new(
        user.UserId, user.Email, user.Name, user.Role, user.Status, user.CreatedAt, PermissionNames.Of(permissions));
}

internal static class GetUserEndpoint
{
    public static void MapGetUser(this IEndpointRouteBuilder user) => user
        .MapGet("", async (long userId, IMediator mediator, CancellationToken ct) =>
            TaggedResults.Ok(await mediator.Send(new GetUser(userId), ct)))
        .RequireAuthorization(Policies.Owner)
        .AlsoFor(Permissions.UsersRead)
        .WithName(nameof(GetUser))
        .WithSummary("An account")
        .Fails(WalletErrors.UserNotFound);
}

internal static class GetOwnUserEndpoint
{
    public static void MapGetOwnUser(this IEndpointRouteBuilder users) => users
        .MapGet("/me", async (Caller caller, IMediator mediator, CancellationToken ct) =>
        {
            var userId = caller.UserId ?? throw new ErrorException(HttpErrors.Forbidden.Of("An API key is no user."));
            return TaggedResults.Ok(OwnUserView.Of(await mediator.Send(new GetUser(userId), ct), caller.Permissions));
        })
        .WithName("GetOwnUser")
        .WithSummary("The account of the signed-in user, and its permissions")
        .Fails(HttpErrors.Forbidden, WalletErrors.UserNotFound);
}

internal sealed class GetUserHandler(Db db) : IRequestHandler<GetUser, UserView>
{
    private const string SelectUser = $"{UserView.Select} where user_id = @UserId";

    public async Task<UserView> Handle(GetUser request, CancellationToken cancellationToken) =>
        await db.QuerySingleOrDefaultAsync<UserView>(SelectUser, new { request.UserId }, cancellationToken)
        ?? throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
}
