namespace Shop.BuildingBlocks.Settings;

/// <summary>Finds the name that was meant.</summary>
public static class Spelling
{
    private const int LettersForEachSlip = 4;

    /// <summary>The known name with the fewest letters to change, one in four at most.</summary>
    /// <returns>Null where none is that near.</returns>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        var (nearest, slips) = known
            .Select(word => (Name: word, Slips: Distance(name.ToUpperInvariant(), word.ToUpperInvariant())))
            .DefaultIfEmpty((Name: "", Slips: int.MaxValue))
            .MinBy(candidate => candidate.Slips);
        return slips <= Math.Max(1, name.Length / LettersForEachSlip) ? nearest : null;
    }

    // Levenshtein's distance, by the rows of its table.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
