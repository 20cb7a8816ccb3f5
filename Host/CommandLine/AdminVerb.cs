using MediatR;
using Shop.BuildingBlocks.Http;
using Shop.Host.Identity.Users;
using Spectre.Console;

namespace Shop.Host.CommandLine;

/// <summary>Another administrator, where the first one of the configuration is not enough.</summary>
internal static class AdminVerb
{
    private const string Create = "create";

    public static Verb Verb { get; } = new(
        "admin",
        "create --email EMAIL [--name NAME] [--password-file FILE]",
        "Makes an administrator. The password is read from the file (- for standard input), or asked for; on the command line others could read it. Exit code: 0 made, 2 not.",
        RunAsync);

    private static async Task<int> RunAsync(VerbCall call, CancellationToken ct)
    {
        if (call.Arguments is not [Create, ..])
            throw new UsageException("admin knows one thing: create.");
        var email = call.Option("--email") ?? throw new UsageException("--email is missing.");
        var password = await PasswordAsync(call, ct);
        if (!AccountRules.IsPassword(password))
            throw new UsageException($"A password has {AccountRules.MinPasswordLength} to {AccountRules.MaxPasswordLength} characters.");

        await ReadyDatabase.ExpectAsync(call, ct);
        var hash = await call.Services.GetRequiredService<Passwords>().HashAsync(password, ct);
        var created = await call.Services.GetRequiredService<IMediator>().Send(
            new CreateUser(email, call.Option("--name") ?? "Administrator", hash, Caller.AdminRole), ct);
        call.Output.WriteLine($"Made the administrator {created.Email}, user {created.UserId}.");
        return ExitCode.Fine;
    }

    private static async Task<string> PasswordAsync(VerbCall call, CancellationToken ct)
    {
        if (call.Option("--password-file") is not { } file)
        {
            return call.Output.Profile.Capabilities.Interactive
                ? await new TextPrompt<string>("Password:").Secret().ShowAsync(call.Output, ct)
                : throw new UsageException("--password-file is missing, and there is nobody to ask.");
        }

        var text = file == "-" ? await Console.In.ReadToEndAsync(ct) : await File.ReadAllTextAsync(file, ct);
        // An editor ends the last line too.
        return text.TrimEnd('\r', '\n');
    }
}
