using System.ComponentModel.DataAnnotations;
using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.Host.Identity.Users;
using Shop.Messages;

namespace Shop.Host.Identity.Sessions;

/// <summary>Not a command itself: the attempt is counted for good and the password checked before the transaction of <see cref="OpenSession"/> is open.</summary>
internal sealed record SignIn(
    [property: MaxLength(AccountRules.MaxEmailLength)] string Email,
    [property: MaxLength(AccountRules.MaxPasswordLength)] string Password) : IRequest<SessionTokens>;

internal static class SignInEndpoint
{
    public static void MapSignIn(this IEndpointRouteBuilder sessions) => sessions
        .MapPost("", async (SignIn body, IMediator mediator, CancellationToken ct) => TypedResults.Ok(await mediator.Send(body, ct)))
        .AllowAnonymous()
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName(nameof(SignIn))
        .WithSummary("Signs in: an access token and a refresh token")
        .Refuses(StatusCodes.Status401Unauthorized, "identity.invalid_credentials")
        .Refuses(StatusCodes.Status429TooManyRequests, "identity.locked_out")
        .WithExample(new SignIn("mina@example.com", "correct horse"));
}

internal sealed class SignInValidator : AbstractValidator<SignIn>
{
    public SignInValidator()
    {
        // Only the length: what has not the form of an e-mail is nobody's, and refused like any other unknown one.
        RuleFor(request => request.Email).NotEmpty().MaximumLength(AccountRules.MaxEmailLength);
        RuleFor(request => request.Password).IsGivenPassword();
    }
}

internal sealed class SignInHandler(Lockout lockout, UserManager<User> users, Passwords passwords, Tokens tokens, IMediator mediator)
    : IRequestHandler<SignIn, SessionTokens>
{
    public async Task<SessionTokens> Handle(SignIn request, CancellationToken cancellationToken)
    {
        var email = users.NormalizeName(request.Email)!;
        using var attempt = await lockout.BeginAttemptAsync(email, cancellationToken);
        var user = await users.FindByNameAsync(request.Email);
        if (!passwords.Match(user, request.Password))
            throw Passwords.InvalidCredentials();
        return tokens.Issue(await mediator.Send(new OpenSession(user!), cancellationToken));
    }
}

/// <param name="User">As it was when its password was checked.</param>
internal sealed record OpenSession(User User) : ICommand<Session>;

internal sealed class OpenSessionHandler(Db db, IOptions<TokenLifetimeOptions> lifetimes, TimeProvider time) : IRequestHandler<OpenSession, Session>
{
    // The stamp tells whether the password was changed while it was checked; then there is no session, and the attempt stays counted.
    private const string InsertSession = """
        with cleared as (delete from identity.sign_in_failures where normalized_email = @NormalizedEmail)
        insert into identity.sessions (session_id, user_id, created_at, expires_at)
        select @sessionId, user_id, @now, @expires from identity.users where user_id = @UserId and security_stamp = @SecurityStamp
        """;

    public async Task<Session> Handle(OpenSession request, CancellationToken cancellationToken)
    {
        var user = request.User;
        var now = time.UtcNow();
        var session = new Session(Guid.CreateVersion7(now), user.UserId, user.Role, user.SecurityStamp);
        var opened = await db.ExecuteAsync(
            InsertSession,
            new { user.NormalizedEmail, user.UserId, user.SecurityStamp, session.SessionId, now, expires = now + lifetimes.Value.RefreshLifetime },
            cancellationToken);
        return opened == 1 ? session : throw Passwords.InvalidCredentials();
    }
}
