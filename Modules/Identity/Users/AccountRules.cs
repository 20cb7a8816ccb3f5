using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Shop.Identity.Users;

/// <summary>Validation rules of an account's members.</summary>
internal static partial class AccountRules
{
    /// <summary>The longest path of SMTP (RFC 5321, 4.5.3.1.3).</summary>
    public const int MaxEmailLength = 254;

    public const int MinPasswordLength = 8;

    /// <summary>Also what a sign-in takes: nothing longer is hashed.</summary>
    public const int MaxPasswordLength = 128;

    public const int MaxNameLength = 100;

    public const string IsCommon = "Is one of the 10,000 most common passwords, which are guessed first.";

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    public static IRuleBuilderOptions<T, string> IsEmail<T>(this IRuleBuilderInitial<T, string> email) => email
        .Must(IsEmail).WithMessage($"Must be an e-mail address of at most {MaxEmailLength} characters.");

    public static IRuleBuilderOptions<T, string> IsNewPassword<T>(
        this IRuleBuilderInitial<T, string> password) => password
        .Must(IsPassword).WithMessage($"Must have {MinPasswordLength} to {MaxPasswordLength} characters.")
        .Must(text => !CommonPasswords.Contains(text)).WithMessage(IsCommon);

    /// <summary>For a password that is only compared: one that is too short is merely wrong.</summary>
    public static IRuleBuilderOptions<T, string> IsGivenPassword<T>(
        this IRuleBuilderInitial<T, string> password) => password
        .Must(text => TextLength.Of(text) is >= 1 and <= MaxPasswordLength)
        .WithMessage($"Must have 1 to {MaxPasswordLength} characters.");

    public static bool IsEmail(string text) => text.Length <= MaxEmailLength && Email().IsMatch(text);

    public static bool IsName(string text) => CanonicalText.IsVisible(text) && TextLength.Of(text) <= MaxNameLength;

    /// <summary>
    /// The form in which an address is kept and compared: canonical text, an internationalised domain as punycode
    /// (IDNA). A text that is no address stays as it is.
    /// </summary>
    /// <inheritdoc cref="CanonicalText.Of" path="/exception"/>
    public static string ToEmail(string text)
    {
        var address = CanonicalText.Of(text);
        var domain = address.LastIndexOf('@') + 1;
        if (domain == 0 || Ascii.IsValid(address.AsSpan(domain)))
            return address;
        try
        {
            return address[..domain] + Idn.GetAscii(address, domain);
        }
        catch (ArgumentException)
        {
            // Not a domain name, so the address is refused by its form.
            return address;
        }
    }

    public static bool IsPassword(string text) => TextLength.Of(text) is >= MinPasswordLength and <= MaxPasswordLength;

    // The pattern of a browser's <input type="email">:
    // https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
    [GeneratedRegex(
        @"\A[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
        + @"(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*\z",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Email();
}
