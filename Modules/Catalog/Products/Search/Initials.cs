using System.Text;

namespace Shop.Catalog.Products.Search;

/// <summary>
/// Initial consonants of Hangul (초성, U+1100 to U+1112), to which NFKC maps what keyboards type. They stand for all
/// syllables that begin so.
/// </summary>
internal static class Initials
{
    private const int First = 0x1100;
    private const int Last = 0x1112;
    private const int FirstSyllable = 0xac00;
    private const int LastSyllable = 0xd7a3;
    private const int SyllablesOfEach = 588;

    /// <summary>Whether a folded word has any.</summary>
    public static bool AreIn(string word) => word.EnumerateRunes().Any(IsInitial);

    /// <summary>The word with each syllable as its initial, as <c>catalog.initials</c> does it.</summary>
    public static string Of(string word) => string.Concat(word.EnumerateRunes().Select(InitialOf));

    /// <summary>
    /// PostgreSQL's regular expression of texts that have the word, each initial as itself or as a syllable.
    /// </summary>
    public static string Pattern(string word)
    {
        var pattern = new StringBuilder();
        foreach (var rune in word.EnumerateRunes())
        {
            if (IsInitial(rune))
            {
                var syllable = FirstSyllable + ((rune.Value - First) * SyllablesOfEach);
                pattern.Append('[').Append(rune).Append((char)syllable).Append('-')
                    .Append((char)(syllable + SyllablesOfEach - 1)).Append(']');
            }
            else if (rune.IsAscii && !char.IsAsciiLetterOrDigit((char)rune.Value))
            {
                pattern.Append('\\').Append(rune);
            }
            else
            {
                pattern.Append(rune);
            }
        }

        return pattern.ToString();
    }

    private static bool IsInitial(Rune rune) => rune.Value is >= First and <= Last;

    private static string InitialOf(Rune rune) => rune.Value is >= FirstSyllable and <= LastSyllable
        ? ((char)(First + ((rune.Value - FirstSyllable) / SyllablesOfEach))).ToString()
        : rune.ToString();
}
