using System.Globalization;
using System.Text;
using FluentValidation;

namespace Shop.BuildingBlocks;

/// <summary>Text as the shop stores and compares it: Unicode NFC, without outer white space.</summary>
public static class CanonicalText
{
    // Unicode 16, DerivedCoreProperties: Default_Ignorable_Code_Point. U+2800 is a Braille pattern without dots.
    private static readonly (int First, int Last)[] Blank =
    [
        (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
        (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
        (0xE0000, 0xE0FFF),
    ];

    // Composition takes time in the square of a run of combining marks. The Stream-Safe Text Format (UAX #15, 13) has
    // 30.
    private const int MaximumMarks = 30;

    /// <exception cref="FormatException">
    /// It has U+0000, which PostgreSQL can't store, is not valid Unicode, or has more than 30 combining marks in a row.
    /// </exception>
    public static string Of(string text) => Composed(text).Trim();

    /// <summary>NFC alone: outer white space is a part of a password.</summary>
    /// <inheritdoc cref="Of" path="/exception"/>
    public static string Composed(string text)
    {
        if (text.Contains('\0'))
            throw new FormatException("The text contains U+0000.");
        if (Ascii.IsValid(text))
            return text;
        if (HasLongRunOfMarks(text))
            throw new FormatException($"The text has more than {MaximumMarks} combining marks in a row.");
        try
        {
            return text.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException invalid)
        {
            throw new FormatException("The text is not valid Unicode.", invalid);
        }
    }

    /// <summary>Whether a reader sees anything of it.</summary>
    public static bool IsVisible(string text) => text.EnumerateRunes().Any(IsVisible);

    /// <summary>A name has at least one character that is visible, and at most so many.</summary>
    public static IRuleBuilderOptions<T, string?> IsName<T>(this IRuleBuilder<T, string?> name, int maximum) => name
        .Must(text => text is not null && IsVisible(text) && TextLength.Of(text) <= maximum)
        .WithMessage($"Must have 1 to {maximum} characters, at least one of them visible.");

    private static bool HasLongRunOfMarks(string text)
    {
        var run = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            run = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark ? run + 1 : 0;
            if (run > MaximumMarks)
                return true;
        }

        return false;
    }

    private static bool IsVisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.SpaceSeparator
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
        && !Array.Exists(Blank, range => range.First <= rune.Value && rune.Value <= range.Last);
}
