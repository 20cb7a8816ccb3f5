using System.Text;

namespace Shop.Catalog.Products.Search;

/// <summary>
/// Text as names are compared: Unicode's NFKC_Casefold (without case, width, composition and default-ignorable code
/// points), with each run of blanks as one space and none at the ends. <c>catalog.fold</c> does the same in SQL.
/// </summary>
internal static class FoldedText
{
    // The property White_Space.
    private static readonly char[] Blanks =
    [
        '\t', '\n', '\v', '\f', '\r', ' ', '\u0085', '\u00a0', '\u1680', '\u2000', '\u2001', '\u2002', '\u2003',
        '\u2004', '\u2005', '\u2006', '\u2007', '\u2008', '\u2009', '\u200a', '\u2028', '\u2029', '\u202f', '\u205f',
        '\u3000',
    ];

    // The property Default_Ignorable_Code_Point, without U+3164 and U+FFA0, which NFKC maps to U+1160.
    private static readonly (int First, int Last)[] Ignorable =
    [
        (0x00ad, 0x00ad), (0x034f, 0x034f), (0x061c, 0x061c), (0x115f, 0x1160), (0x17b4, 0x17b5), (0x180b, 0x180f),
        (0x200b, 0x200f), (0x202a, 0x202e), (0x2060, 0x206f), (0xfe00, 0xfe0f), (0xfeff, 0xfeff), (0xfff0, 0xfff8),
        (0x1bca0, 0x1bca3), (0x1d173, 0x1d17a), (0xe0000, 0xe0fff),
    ];

    public static string Of(string text) => string.Join(' ', WordsOf(text));

    /// <summary>The folded text's words; none where it is blank.</summary>
    public static string[] WordsOf(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var rune in text.Normalize(NormalizationForm.FormKC).EnumerateRunes())
        {
            if (CaseFolding.Mappings.TryGetValue(rune, out var mapping))
                folded.Append(mapping);
            else if (!IsIgnorable(rune.Value))
                folded.Append(rune);
        }

        var composed = folded.ToString().Normalize(NormalizationForm.FormKC);
        return composed.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool IsIgnorable(int code) =>
        Array.Exists(Ignorable, range => code >= range.First && code <= range.Last);
}
