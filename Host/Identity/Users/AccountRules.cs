using System.Text.RegularExpressions;
using FluentValidation;
using Shop.BuildingBlocks;

namespace Shop.Host.Identity.Users;

/// <summary>What an account's members may be.</summary>
internal static partial class AccountRules
{
    /// <summary>What an SMTP path has room for (RFC 5321, 4.5.3.1.3).</summary>
    public const int MaxEmailLength = 254;

    public const int MinPasswordLength = 8;

    /// <summary>Also what a sign-in takes: nothing longer is hashed.</summary>
    public const int MaxPasswordLength = 128;

    public const int MaxNameLength = 100;

    public static IRuleBuilderOptions<T, string> IsEmail<T>(this IRuleBuilderInitial<T, string> email) => email
        .Must(IsEmail).WithMessage($"Must be an e-mail address of at most {MaxEmailLength} characters.");

    public static IRuleBuilderOptions<T, string> IsNewPassword<T>(this IRuleBuilderInitial<T, string> password) => password
        .Must(IsPassword).WithMessage($"Must have {MinPasswordLength} to {MaxPasswordLength} characters.");

    /// <summary>For a password that is only compared: one that is too short is merely wrong.</summary>
    public static IRuleBuilderOptions<T, string> IsGivenPassword<T>(this IRuleBuilderInitial<T, string> password) => password
        .Must(text => TextLength.Of(text) is >= 1 and <= MaxPasswordLength).WithMessage($"Must have 1 to {MaxPasswordLength} characters.");

    public static IRuleBuilderOptions<T, string> IsName<T>(this IRuleBuilderInitial<T, string> name) => name
        .Must(text => !string.IsNullOrWhiteSpace(text) && TextLength.Of(text) <= MaxNameLength)
        .WithMessage($"Must have 1 to {MaxNameLength} characters, not only blanks.");

    public static bool IsEmail(string text) => text.Length <= MaxEmailLength && Email().IsMatch(text);

    public static bool IsPassword(string text) => TextLength.Of(text) is >= MinPasswordLength and <= MaxPasswordLength;

    // What a browser's <input type="email"> takes: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
    [GeneratedRegex(
        @"\A[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*\z",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Email();
}
