using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Shop.Identity.Users;

/// <summary>
/// The section <c>Identity:Admin</c>: the administrator that a start makes where the account is missing. Both or
/// neither.
/// </summary>
internal sealed class FirstAdminOptions
{
    public const string DevelopmentPassword = "admin-password";

    public string? Email { get; set; }

    public string? Password { get; set; }
}

// Not a FluentValidation validator like the other options': those name the refused value, which here is a password.
internal sealed class FirstAdminOptionsValidator(IHostEnvironment environment) : IValidateOptions<FirstAdminOptions>
{
    public ValidateOptionsResult Validate(string? name, FirstAdminOptions options) => options switch
    {
        { Email: null or "", Password: null or "" } => ValidateOptionsResult.Success,
        { Email: null or "" } or { Password: null or "" } => ValidateOptionsResult.Fail(
            "Identity:Admin:Email and Identity:Admin:Password belong together; one is missing."),
        _ when !AccountRules.IsEmail(AccountRules.ToEmail(options.Email)) => ValidateOptionsResult.Fail(
            $"Identity:Admin:Email is not an e-mail address: {options.Email}"),
        _ when !AccountRules.IsPassword(options.Password) => ValidateOptionsResult.Fail(
            $"Identity:Admin:Password must have {AccountRules.MinPasswordLength} to "
                + $"{AccountRules.MaxPasswordLength} characters."),
        { Password: FirstAdminOptions.DevelopmentPassword } when !environment.IsDevelopment() =>
            ValidateOptionsResult.Fail(
            "Identity:Admin:Password is the password that everybody knows from Development. Choose another one."),
        _ => ValidateOptionsResult.Success,
    };
}

/// <summary>
/// Makes the first administrator, once. An account that is there already is left as it is, its password too.
/// </summary>
internal sealed class FirstAdmin(
    UserManager<User> users,
    Passwords passwords,
    IMediator mediator,
    IServiceProvider scope,
    IOptions<FirstAdminOptions> options,
    ILogger<FirstAdmin> log)
    : IStartupStep
{
    public async Task RunAsync(CancellationToken ct)
    {
        if (options.Value is not { Email: { Length: > 0 } email, Password: { Length: > 0 } password })
        {
            log.LogWarning(
                "No first administrator is configured (Identity:Admin:Email, Identity:Admin:Password): none is made");
            return;
        }

        email = AccountRules.ToEmail(email);
        var existing = await users.FindByNameAsync(email);
        if (existing is null)
        {
            var hash = await passwords.HashAsync(password, ct);
            using var origin = LocalOrigin.Use(scope, ActorType.System, "users");
            var created = await mediator.Send(new CreateUser(email, "Administrator", hash, User.AdminRole), ct);
            log.LogInformation("Made the administrator {Email}, user {UserId}", created.Email, created.UserId);
        }
        else if (existing.Role != User.AdminRole)
        {
            // An account that was registered with this address earlier does not become an administrator.
            log.LogWarning(
                "The configured administrator {Email} is user {UserId} with the role {Role}, which stays",
                existing.Email, existing.UserId, existing.Role);
        }
    }
}
