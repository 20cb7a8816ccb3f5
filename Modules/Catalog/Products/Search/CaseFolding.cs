using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Shop.Catalog.Products.Search;

/// <summary>Unicode's full case folding: the mappings C and F of CaseFolding.txt, a resource of the assembly.</summary>
internal static class CaseFolding
{
    public const string UnicodeVersion = "15.0.0";

    private const string Resource = $"Shop.Catalog.CaseFolding-{UnicodeVersion}.txt";

    /// <summary>By code point. A code point without an entry folds to itself.</summary>
    public static FrozenDictionary<Rune, string> Mappings { get; } = Read();

    private static FrozenDictionary<Rune, string> Read()
    {
        using var reader = new StreamReader(typeof(CaseFolding).Assembly.GetManifestResourceStream(Resource)!);
        var mappings = new Dictionary<Rune, string>();
        while (reader.ReadLine() is { } line)
        {
            // "<code>; <status>; <mapping>; # <name>"
            if (line.Length == 0 || line[0] == '#')
                continue;
            var fields = line.Split("; ");
            if (fields[1] is "C" or "F")
                mappings.Add(RuneOf(fields[0]), string.Concat(fields[2].Split(' ').Select(RuneOf)));
        }

        return mappings.ToFrozenDictionary();
    }

    private static Rune RuneOf(string code) =>
        new(int.Parse(code, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}
