using System.ComponentModel.DataAnnotations;
using Shop.Wallet.Contracts;

namespace Shop.Identity.Users;

internal sealed record RenameUser(long UserId, string? Name, Caller Caller, IfMatch IfMatch)
    : ICommand<Change<UserView>>;

internal sealed record RenameUserRequest([property: MaxLength(AccountRules.MaxNameLength)] string? Name = null);

internal static class RenameUserEndpoint
{
    public static void MapRenameUser(this IEndpointRouteBuilder user) => user
        .MapPatch("", async (
            long userId, RenameUserRequest body, Caller caller, IfMatch ifMatch, IMediator mediator,
            CancellationToken ct) =>
            TaggedResults.Ok((await mediator.Send(new RenameUser(userId, body.Name, caller, ifMatch), ct)).After))
        .RequireAuthorization(Policies.Owner)
        .AlsoFor(Permissions.UsersWrite)
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName(nameof(RenameUser))
        .WithSummary("Changes the name of a user")
        .Fails(WalletErrors.UserNotFound)
        .WithExample(new RenameUserRequest("김미나"));
}

internal sealed class RenameUserValidator : AbstractValidator<RenameUser>
{
    public RenameUserValidator()
    {
        RuleFor(command => command.Name).NotNull();
        RuleFor(command => command.Name!).IsName(AccountRules.MaxNameLength).When(command => command.Name is not null);
    }
}

internal sealed class RenameUserHandler(Db db) : IRequestHandler<RenameUser, Change<UserView>>
{
    private const string LockUser =
        $"{UserView.Select} where user_id = @userId and status <> 'ERASED' for no key update";

    private const string Rename =
        $"update identity.users set name = @name where user_id = @userId returning {UserView.Columns}";

    public async Task<Change<UserView>> Handle(RenameUser request, CancellationToken cancellationToken)
    {
        var (userId, name, caller, ifMatch) = request;
        var before = await db.QuerySingleOrDefaultAsync<UserView>(LockUser, new { userId }, cancellationToken)
            ?? throw new ErrorException(WalletErrors.UserNotFound.Of(userId));
        caller.MustCover(userId, Roles.PermissionsOf(before.Role));
        ifMatch.Check(before);
        return new Change<UserView>(
            before, await db.QuerySingleAsync<UserView>(Rename, new { userId, name }, cancellationToken));
    }
}
