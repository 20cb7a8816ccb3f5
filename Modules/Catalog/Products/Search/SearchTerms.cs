using System.Text;

namespace Shop.Catalog.Products.Search;

/// <summary>
/// The words of <c>q</c>: a folded name, or it and the description, must have each, in any order, also as a part of a
/// word. Initial consonants are those of names alone.
/// </summary>
internal sealed class SearchTerms
{
    private SearchTerms(string[] words, SearchedText text) =>
        (Words, In, HasInitials) = (words, text, words.Any(Initials.AreIn));

    /// <summary>Folded, in the order of <c>q</c>, each once. A blank <c>q</c> has none and matches all.</summary>
    public IReadOnlyList<string> Words { get; }

    public SearchedText In { get; }

    /// <summary>Whether a word has initial consonants of Hangul: then grams are those of initials.</summary>
    public bool HasInitials { get; }

    public static SearchTerms Of(string q, SearchedText text = SearchedText.Name) =>
        new([.. FoldedText.WordsOf(q).Distinct(StringComparer.Ordinal)], text);

    /// <summary>For LIKE, one for each word without initials, with its wildcards escaped.</summary>
    public string[] Patterns() => [.. Words.Where(word => !Initials.AreIn(word)).Select(word => $"%{Escape(word)}%")];

    /// <summary>Regular expressions, one for each word with initials.</summary>
    public string[] InitialPatterns() => [.. Words.Where(Initials.AreIn).Select(Initials.Pattern)];

    /// <summary>
    /// The bigrams of the words, or the letter of a one-letter word, as in <c>catalog.name_grams</c>. With initials in
    /// <c>q</c>, a search in all texts takes them from the words with initials alone.
    /// </summary>
    public string[] Grams() =>
    [
        .. Words
            .Where(word => In == SearchedText.Name || !HasInitials || Initials.AreIn(word))
            .Select(word => HasInitials ? Initials.Of(word) : word)
            .SelectMany(GramsOf)
            .Distinct(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> GramsOf(string word)
    {
        var letters = word.EnumerateRunes().Select(rune => rune.ToString()).ToArray();
        return letters.Length == 1 ? letters : letters.Zip(letters.Skip(1), string.Concat);
    }

    private static string Escape(string word) => new StringBuilder(word)
        .Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_").ToString();
}
