using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Shop.Identity.Contracts;

namespace Shop.Identity.Users;

/// <summary>
/// Not a command itself, so that the password is hashed before the transaction of <see cref="CreateUser"/> is open.
/// </summary>
internal sealed record RegisterUser(string Email, string Password, string Name, ClientNetwork Network)
    : IRequest<UserCreated>;

internal sealed record RegisterUserRequest(
    [property: JsonConverter(typeof(EmailConverter)), MaxLength(AccountRules.MaxEmailLength)] string Email,
    [property: JsonConverter(typeof(PasswordConverter)), MaxLength(AccountRules.MaxPasswordLength)] string Password,
    [property: MaxLength(AccountRules.MaxNameLength)] string Name);

internal static class RegisterUserEndpoint
{
    public static void MapRegisterUser(this IEndpointRouteBuilder users) => users
        .MapPost("", async (
            RegisterUserRequest body, ClientNetwork network, IMediator mediator, CancellationToken ct) =>
        {
            var created = await mediator.Send(new RegisterUser(body.Email, body.Password, body.Name, network), ct);
            return TypedResults.Created($"/api/v1/users/{created.UserId}", created);
        })
        .AllowAnonymous()
        .RequireRateLimiting(RateLimits.Registration)
        .WithOwnLimit()
        .WithName(nameof(RegisterUser))
        .WithSummary("Registers a customer and opens the wallet")
        .Fails(IdentityErrors.EmailTaken, IdentityErrors.RegistrationClosed)
        .WithExample(new RegisterUserRequest("mina@example.com", "correct horse", "김미나"))
        .WithDescription(
            "A password has 8 to 128 characters and is none of the 10,000 most common ones, a name 1 to 100. E-mail " +
            "addresses are compared without case.");
}

internal sealed class RegisterUserValidator : AbstractValidator<RegisterUser>
{
    public RegisterUserValidator()
    {
        RuleFor(request => request.Email).IsEmail();
        RuleFor(request => request.Password).IsNewPassword();
        RuleFor(request => request.Name).IsName(AccountRules.MaxNameLength);
    }
}

internal sealed class RegisterUserHandler(
    PasswordLimiter limiter, Passwords passwords, IMediator mediator, IOptions<RegistrationOptions> options)
    : IRequestHandler<RegisterUser, UserCreated>
{
    public async Task<UserCreated> Handle(RegisterUser request, CancellationToken cancellationToken)
    {
        if (options.Value.Registration == Registration.Closed)
            throw new ErrorException(IdentityErrors.RegistrationClosed.Of());
        using var permit = await limiter.AcquireAsync(request.Network, cancellationToken);
        var hash = await passwords.HashAsync(request.Password, cancellationToken);
        return await mediator.Send(
            new CreateUser(request.Email, request.Name, hash, User.CustomerRole), cancellationToken);
    }
}
