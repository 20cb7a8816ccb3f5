using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Identity;
using Shop.Identity.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Identity.Users;

/// <param name="PasswordHash">
/// Made before the command is sent: hashing takes tens of milliseconds, and a transaction should not wait for it.
/// </param>
internal sealed record CreateUser(string Email, string Name, string? PasswordHash, string Role) : ICommand<UserCreated>;

internal sealed record UserCreated(long UserId, string Email, string Name);

internal sealed record CreateUserRequest(
    [property: JsonConverter(typeof(EmailConverter)), MaxLength(AccountRules.MaxEmailLength)] string Email,
    [property: MaxLength(AccountRules.MaxNameLength)] string Name);

internal static class CreateUserEndpoint
{
    public static void MapCreateUser(this IEndpointRouteBuilder users) => users
        .MapPost("", (CreateUserRequest body, IdempotentSender commands, CancellationToken ct) =>
            commands.CreatedAsync(
                new CreateUser(body.Email, body.Name, PasswordHash: null, User.CustomerRole),
                created => $"/api/v1/users/{created.UserId}", ct))
        .WithName(nameof(CreateUser))
        .WithSummary("Makes a customer without a password, for a storefront that signs people in itself")
        .Fails(IdentityErrors.EmailTaken)
        .WithExample(new CreateUserRequest("mina@example.com", "김미나"));
}

internal sealed class CreateUserValidator : AbstractValidator<CreateUser>
{
    public CreateUserValidator()
    {
        RuleFor(command => command.Email).IsEmail();
        RuleFor(command => command.Name).IsName(AccountRules.MaxNameLength);
    }
}

internal sealed class CreateUserHandler(UserManager<User> users, IMediator mediator)
    : IRequestHandler<CreateUser, UserCreated>
{
    public async Task<UserCreated> Handle(CreateUser request, CancellationToken cancellationToken)
    {
        var user = new User
        {
            Email = request.Email,
            Name = request.Name,
            PasswordHash = request.PasswordHash,
            Role = request.Role,
        };
        // With no validators registered there is one way to fail.
        if (!(await users.CreateAsync(user)).Succeeded)
            throw new ErrorException(IdentityErrors.EmailTaken.Of());
        await mediator.Send(new OpenWallet(user.UserId), cancellationToken);
        return new UserCreated(user.UserId, user.Email, user.Name);
    }
}
