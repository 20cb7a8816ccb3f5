using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Identity;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Pipeline;
using Shop.Messages;

namespace Shop.Host.Identity.Users;

/// <summary>Not a command itself: two hashes are worked out before the transaction of <see cref="ReplacePassword"/> is open.</summary>
internal sealed record ChangePassword(long UserId, string CurrentPassword, string NewPassword) : IRequest<Unit>;

internal sealed record ChangePasswordRequest(
    [property: MaxLength(AccountRules.MaxPasswordLength)] string CurrentPassword,
    [property: MaxLength(AccountRules.MaxPasswordLength)] string NewPassword);

internal static class ChangePasswordEndpoint
{
    public static void MapChangePassword(this IEndpointRouteBuilder user) => user
        .MapPut("/password", async (long userId, ChangePasswordRequest body, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new ChangePassword(userId, body.CurrentPassword, body.NewPassword), ct);
            return TypedResults.NoContent();
        })
        .RequireAuthorization(Policies.Owner)
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName(nameof(ChangePassword))
        .WithSummary("Changes a password and ends every refresh token of the user")
        .Refuses(StatusCodes.Status401Unauthorized, "identity.invalid_credentials")
        .Refuses("wallet.user_not_found")
        .WithExample(new ChangePasswordRequest("correct horse", "battery staple"))
        .WithDescription("The new password has 8 to 128 characters.");
}

internal sealed class ChangePasswordValidator : AbstractValidator<ChangePassword>
{
    public ChangePasswordValidator()
    {
        RuleFor(request => request.CurrentPassword).IsGivenPassword();
        RuleFor(request => request.NewPassword).IsNewPassword();
    }
}

internal sealed class ChangePasswordHandler(UserManager<User> users, Passwords passwords, IMediator mediator) : IRequestHandler<ChangePassword, Unit>
{
    public async Task<Unit> Handle(ChangePassword request, CancellationToken cancellationToken)
    {
        var user = await users.FindByIdAsync($"{request.UserId}") ?? throw Refused.UserNotFound(request.UserId);
        if (!passwords.Match(user, request.CurrentPassword))
            throw Passwords.InvalidCredentials();
        return await mediator.Send(new ReplacePassword(user.UserId, user.SecurityStamp, passwords.Hash(request.NewPassword)), cancellationToken);
    }
}

/// <param name="SecurityStamp">The account's when its current password was checked.</param>
internal sealed record ReplacePassword(long UserId, string SecurityStamp, string PasswordHash) : ICommand<Unit>;

internal sealed class ReplacePasswordHandler(Db db) : IRequestHandler<ReplacePassword, Unit>
{
    // The stamp decides between two changes at the same time: the password that the second one checked is no longer the current one.
    private const string UpdatePassword = """
        update identity.users set password_hash = @PasswordHash, security_stamp = @stamp
        where user_id = @UserId and security_stamp = @SecurityStamp
        """;

    private const string EndSessions = "delete from identity.sessions where user_id = @UserId";

    public async Task<Unit> Handle(ReplacePassword request, CancellationToken cancellationToken)
    {
        var stamp = RandomNumberGenerator.GetHexString(32);
        var changed = await db.ExecuteAsync(
            UpdatePassword, new { request.UserId, request.SecurityStamp, request.PasswordHash, stamp }, cancellationToken);
        if (changed == 0)
            throw Passwords.InvalidCredentials();
        await db.ExecuteAsync(EndSessions, new { request.UserId }, cancellationToken);
        return Unit.Value;
    }
}
