using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Shop.Identity.Contracts;
using Shop.Identity.Users;

namespace Shop.Identity.Sessions;

/// <summary>
/// Not a command itself: the attempt is counted for good and the password checked before the transaction of <see
/// cref="OpenSession"/> is open.
/// </summary>
internal sealed record SignIn(string Email, string Password, ClientNetwork Network, SessionClient Client)
    : IRequest<Session>;

internal sealed record SignInRequest(
    [property: JsonConverter(typeof(EmailConverter)), MaxLength(AccountRules.MaxEmailLength)] string Email,
    [property: JsonConverter(typeof(PasswordConverter)), MaxLength(AccountRules.MaxPasswordLength)] string Password)
{
    public SignIn ToCommand(ClientNetwork network, SessionClient client) => new(Email, Password, network, client);
}

internal static class SignInEndpoint
{
    public static void MapSignIn(this IEndpointRouteBuilder sessions) => sessions
        .MapPost("", async (
            SignInRequest body,
            ClientNetwork network,
            SessionClient client,
            Tokens tokens,
            IMediator mediator,
            CancellationToken ct) =>
            TypedResults.Ok(tokens.Issue(await mediator.Send(body.ToCommand(network, client), ct))))
        .AllowAnonymous()
        .RequireRateLimiting(RateLimits.SignIn)
        .WithOwnLimit()
        .WithName(nameof(SignIn))
        .WithSummary("Signs in: an access token and a refresh token")
        .Fails(IdentityErrors.InvalidCredentials, IdentityErrors.LockedOut)
        .WithExample(new SignInRequest("mina@example.com", "correct horse"));
}

internal sealed class SignInValidator : AbstractValidator<SignIn>
{
    public SignInValidator()
    {
        // Only the length: a text that is no e-mail gets the error of an unknown one.
        RuleFor(request => request.Email).NotEmpty().MaximumLength(AccountRules.MaxEmailLength);
        RuleFor(request => request.Password).IsGivenPassword();
    }
}

internal sealed class SignInHandler(
    PasswordAttempts attempts, UserManager<User> users, RehashPasswords rehash, IMediator mediator)
    : IRequestHandler<SignIn, Session>
{
    public Task<Session> Handle(SignIn request, CancellationToken cancellationToken)
    {
        var (email, password, network, client) = request;
        return attempts.CheckAsync(
            users.NormalizeName(email)!, password, network, () => users.FindByNameAsync(email), OpenAsync,
            cancellationToken);

        async Task<Session> OpenAsync(User user, bool isOldHash)
        {
            var session = await mediator.Send(new OpenSession(user, network, client), cancellationToken);
            if (isOldHash)
                rehash.Add(user, password);
            return session;
        }
    }
}

/// <param name="User">As it was when its password was checked.</param>
internal sealed record OpenSession(User User, ClientNetwork Network, SessionClient Client) : ICommand<Session>;

internal sealed class OpenSessionHandler(
    Db db, Lockout lockout, IOptions<TokenLifetimeOptions> lifetimes)
    : IRequestHandler<OpenSession, Session>
{
    // The stamp tells whether the password was changed while it was checked; then there is no session, and the attempt
    // stays counted.
    private const string InsertSession = """
        insert into identity.sessions (
            session_id, user_id, created_at, last_used_at, expires_at, address, user_agent)
        select @sessionId, u.user_id, now, now, now + @lifetime, @address::text, @userAgent::text
        from identity.users u cross join (select shop.now()) as clock (now)
        where u.user_id = @userId and u.security_stamp = @stamp and u.status = 'ACTIVE'
        for share of u
        returning expires_at
        """;

    // Of two at once each may leave the other's, which the next sign-in ends.
    private const string EndOldest = """
        delete from identity.sessions where session_id in (
            select session_id from identity.sessions
            where user_id = @userId
            order by expires_at desc, session_id desc offset @maximum)
        """;

    public async Task<Session> Handle(OpenSession request, CancellationToken cancellationToken)
    {
        var user = request.User;
        var sessionId = Guid.CreateVersion7();
        Session? session = null;
        db.QueueRead(
            InsertSession,
            row => session = new Session(
                sessionId,
                user.UserId,
                user.Role,
                user.SecurityStamp,
                Generation: 0,
                row.GetFieldValue<DateTimeOffset>(0)),
            ("sessionId", sessionId),
            ("userId", user.UserId),
            ("stamp", user.SecurityStamp),
            ("lifetime", lifetimes.Value.RefreshLifetime),
            ("address", request.Client.Address ?? (object)DBNull.Value),
            ("userAgent", request.Client.UserAgent ?? (object)DBNull.Value));
        db.Queue(EndOldest, ("userId", user.UserId), ("maximum", lifetimes.Value.MaximumSessions));
        lockout.QueueRemember(user.UserId, request.Network);
        lockout.QueueClear(user.NormalizedEmail!, request.Network);
        await db.FlushAsync(cancellationToken);
        return session ?? throw new ErrorException(IdentityErrors.InvalidCredentials.Of());
    }
}
