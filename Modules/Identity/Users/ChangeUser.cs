using System.Security.Cryptography;
using Shop.Identity.Access;
using Shop.Identity.Contracts;
using Shop.Identity.Sessions;
using Shop.Wallet.Contracts;

namespace Shop.Identity.Users;

/// <summary>
/// Gives a user another role, takes its sign-in away or gives it back. Its orders, wallet and coupons stay.
/// </summary>
/// <param name="Role">Null: as it is.</param>
/// <param name="Status">ACTIVE or DISABLED; null: as it is.</param>
/// <param name="Permissions">Of who asks: it can't be done to a user with one that is not among them.</param>
internal sealed record ChangeUser(long UserId, Role? Role, UserStatus? Status, Permissions Permissions)
    : ICommand<Change<UserView>>
{
    public IfMatch IfMatch { get; init; } = IfMatch.Any;
}

internal sealed record ChangeUserRequest(Role? Role = null, UserStatus? Status = null);

internal static class ChangeUserEndpoint
{
    public static void MapChangeUser(this IEndpointRouteBuilder users) => users
        .MapPatch("/{userId:long}", async (
            long userId, ChangeUserRequest body, Caller caller, IfMatch ifMatch, AccessCache access,
            IMediator mediator, CancellationToken ct) =>
        {
            var changed = await mediator.Send(
                new ChangeUser(userId, body.Role, body.Status, caller.Permissions) { IfMatch = ifMatch }, ct);
            // This host knows at once, the others within seconds.
            await access.TryRefreshAsync(ct);
            return TaggedResults.Ok(changed.After);
        })
        .Needs(Permissions.UsersRoles)
        .WithName(nameof(ChangeUser))
        .WithSummary("Changes a user's role or status")
        .Fails(WalletErrors.UserNotFound, IdentityErrors.LastAdmin, IdentityErrors.TooManyStaff)
        .WithExample(new ChangeUserRequest(Role.Support))
        .WithDescription(
            "A DISABLED user can't sign in, and its sessions end. Neither the present nor the new role may have a " +
            "permission that the caller lacks.");
}

internal sealed class ChangeUserValidator : AbstractValidator<ChangeUser>
{
    public ChangeUserValidator()
    {
        RuleFor(command => command.Role).NotNull().When(command => command.Status is null)
            .WithMessage("One of role and status must be given.");
        RuleFor(command => command.Status).NotEqual(UserStatus.Erased)
            .WithMessage("Must be ACTIVE or DISABLED.");
    }
}

internal sealed class ChangeUserHandler(Db db) : IRequestHandler<ChangeUser, Change<UserView>>
{
    /// <summary>Users with another role than CUSTOMER, whom every host reads once a second.</summary>
    public const int MaximumStaff = 10_000;

    // Behind the locks of the administrators, of whom there is one: roles are given one after the other.
    private const string CountStaff = """
        select count(*) from (select from identity.users where role <> 'CUSTOMER' limit @MaximumStaff) s
        """;

    // Refresh tokens carry the stamp: those that a sign-in under way still gets end with it.
    private const string Change = """
        update identity.users set role = @role, status = @status, security_stamp = coalesce(@stamp, security_stamp)
        where user_id = @userId
        """;

    private const string SelectUser = $"{UserView.Select} where user_id = @userId";

    public async Task<Change<UserView>> Handle(ChangeUser request, CancellationToken cancellationToken)
    {
        var userId = request.UserId;
        var locked = await db.QueryAsync<LockedUser>(LockedUser.Select, new { userId }, cancellationToken);
        if (locked.SingleOrDefault(user => user.UserId == userId) is not { } user
            || user.Status == EnumNames.Of(UserStatus.Erased))
            throw new ErrorException(WalletErrors.UserNotFound.Of(userId));

        var changed = user with
        {
            Role = request.Role is { } role ? EnumNames.Of(role) : user.Role,
            Status = request.Status is { } status ? EnumNames.Of(status) : user.Status,
        };
        request.Permissions.MustCover(user.Permissions | changed.Permissions);
        var before = await db.QuerySingleAsync<UserView>(SelectUser, new { userId }, cancellationToken);
        request.IfMatch.Check(before);
        if (user.IsActiveAdmin && !changed.IsActiveAdmin && locked.Count(other => other.IsActiveAdmin) == 1)
            throw new ErrorException(IdentityErrors.LastAdmin.Of());
        if (user.Role == User.CustomerRole && changed.Role != User.CustomerRole
            && await db.QuerySingleAsync<long>(CountStaff, new { MaximumStaff }, cancellationToken) == MaximumStaff)
            throw new ErrorException(IdentityErrors.TooManyStaff.Of(MaximumStaff));

        await WriteAsync(user, changed, cancellationToken);
        return new Change<UserView>(
            before, before with { Role = changed.Role, Status = EnumNames.Read<UserStatus>(changed.Status) });
    }

    private async Task WriteAsync(LockedUser user, LockedUser changed, CancellationToken ct)
    {
        if (changed == user)
            return;
        var ends = changed.Status != user.Status;
        var stamp = ends ? RandomNumberGenerator.GetHexString(32) : null;
        await db.ExecuteAsync(Change, new { user.UserId, changed.Role, changed.Status, stamp }, ct);
        if (ends)
            db.QueueEndOfSessions(user.UserId);
    }
}
