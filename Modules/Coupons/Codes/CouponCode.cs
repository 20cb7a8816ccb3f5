using System.Text;

namespace Shop.Coupons.Codes;

/// <summary>A code by which a coupon is had, as the outside sees it.</summary>
/// <param name="Uses">How often it may be used, by different users.</param>
/// <param name="BatchId">Null for a code that an operator chose.</param>
internal sealed record CouponCode(string Code, int Uses, int Used, Guid? BatchId);

/// <summary>How codes look, and how they are compared.</summary>
internal static class CodeText
{
    /// <summary>Without those that are taken for others.</summary>
    public const string Alphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

    public const int GeneratedLength = 12;
    public const int MinimumLength = 4;
    public const int MaximumLength = 32;

    /// <summary>Characters of a redemption: there may be hyphens and blanks besides.</summary>
    public const int MaximumTyped = 100;

    /// <summary>The form in which codes are compared: upper case, without blanks and hyphens.</summary>
    public static string Fold(string code) =>
        string.Concat(code.Where(letter => letter != '-' && !char.IsWhiteSpace(letter))).ToUpperInvariant();

    public static bool IsWellFormed(string code) =>
        code.EnumerateRunes().All(rune => Rune.IsLetterOrDigit(rune) || rune.Value == '-') && Fold(code).Length > 0;
}
