using MediatR;
using Microsoft.AspNetCore.Identity;
using Shop.BuildingBlocks.Http;
using Shop.Identity.Users;
using Spectre.Console;

namespace Shop.Host.CommandLine;

/// <summary>Accounts from the command line: another administrator, another password, an end to sign-ins.</summary>
internal static class AdminVerb
{
    private const string Create = "create";
    private const string Password = "password";
    private const string Disable = "disable";

    public static Verb Verb { get; } = new(
        "admin",
        "create|password --email EMAIL [--name NAME] [--password-file FILE] | disable --email EMAIL",
        "create makes an administrator; password sets the password of any account and ends its sessions; disable " +
        "takes an account's sign-in away, never the last active administrator's. A password is read from the file " +
        "(- for standard input), from standard input where that is no terminal, or asked for; on the command line " +
        "others could read it. Exit code: 0 done, 2 not.",
        RunAsync);

    private static Task<int> RunAsync(VerbCall call, CancellationToken ct) => call.Arguments switch
    {
        [Create, ..] => CreateAsync(call, ct),
        [Password, ..] => SetPasswordAsync(call, ct),
        [Disable, ..] => DisableAsync(call, ct),
        _ => throw new UsageException("admin knows create, password and disable."),
    };

    private static async Task<int> CreateAsync(VerbCall call, CancellationToken ct)
    {
        var email = EmailOf(call);
        var hash = await NewHashAsync(call, ct);
        await ReadyDatabase.ExpectAsync(call, ct);
        var created = await Mediator(call).Send(
            new CreateUser(email, call.Option("--name") ?? "Administrator", hash, User.AdminRole), ct);
        call.Output.WriteLine($"Made the administrator {created.Email}, user {created.UserId}.");
        return ExitCode.Fine;
    }

    private static async Task<int> SetPasswordAsync(VerbCall call, CancellationToken ct)
    {
        var email = EmailOf(call);
        var hash = await NewHashAsync(call, ct);
        var user = await UserAsync(call, email, ct);
        await Mediator(call).Send(new SetPassword(user.UserId, hash), ct);
        call.Output.WriteLine($"Set the password of {user.Email}, user {user.UserId}. Its sessions have ended.");
        return ExitCode.Fine;
    }

    private static async Task<int> DisableAsync(VerbCall call, CancellationToken ct)
    {
        var user = await UserAsync(call, EmailOf(call), ct);
        await Mediator(call).Send(
            new ChangeUser(user.UserId, Role: null, UserStatus.Disabled, PermissionNames.Everything), ct);
        call.Output.WriteLine($"Disabled {user.Email}, user {user.UserId}. Its sessions have ended.");
        return ExitCode.Fine;
    }

    private static IMediator Mediator(VerbCall call) => call.Services.GetRequiredService<IMediator>();

    private static string EmailOf(VerbCall call) =>
        AccountRules.ToEmail(call.Option("--email") ?? throw new UsageException("--email is missing."));

    private static async Task<User> UserAsync(VerbCall call, string email, CancellationToken ct)
    {
        await ReadyDatabase.ExpectAsync(call, ct);
        return await call.Services.GetRequiredService<UserManager<User>>().FindByNameAsync(email)
            ?? throw new UsageException("There is no account with this e-mail.");
    }

    private static async Task<string> NewHashAsync(VerbCall call, CancellationToken ct)
    {
        var password = await PasswordAsync(call, ct);
        if (!AccountRules.IsPassword(password))
            throw new UsageException(
                $"A password has {AccountRules.MinPasswordLength} to {AccountRules.MaxPasswordLength} characters.");
        if (CommonPasswords.Contains(password))
            throw new UsageException("It is one of the 10,000 most common passwords, which are guessed first.");
        return await call.Services.GetRequiredService<Passwords>().HashAsync(password, ct);
    }

    private static async Task<string> PasswordAsync(VerbCall call, CancellationToken ct)
    {
        var text = call.Option("--password-file") switch
        {
            null when call.Input is { } piped => await piped.ReadToEndAsync(ct),
            null when call.Output.Profile.Capabilities.Interactive =>
                await new TextPrompt<string>("Password:").Secret().ShowAsync(call.Output, ct),
            null => throw new UsageException("--password-file is missing, and there is nobody to ask."),
            "-" => await (call.Input ?? Console.In).ReadToEndAsync(ct),
            var file => await File.ReadAllTextAsync(file, ct),
        };
        // An editor ends the last line too.
        return text.TrimEnd('\r', '\n');
    }
}
