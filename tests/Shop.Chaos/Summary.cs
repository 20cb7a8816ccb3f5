namespace Shop.Chaos;

/// <summary>What a run came to, for a person.</summary>
internal static class Summary
{
    private const int Shown = 20;

    public static void Write(TextWriter output, int rounds, Storm storm, Journal journal)
    {
        var entries = journal.Entries;
        output.WriteLine($"Rounds       {rounds}");
        output.WriteLine($"Faults       {storm.Counts.Values.Sum()}: {Counted(storm.Counts)}");
        output.WriteLine($"Operations   {entries.Count}: {Counted(entries.CountBy(entry => entry.Kind))}");
        output.WriteLine($"Acknowledged {entries.Count(entry => entry.Answer is not null)}: {Counted(entries.CountBy(entry => entry.Answer is { } answer ? Outcome(answer) : "never"))}");
        output.WriteLine($"Unknown      {entries.Count(entry => entry.WasUnknown)} at some time");
        output.WriteLine($"Replayed     {entries.Count(entry => entry.WasReplayed)}");
        output.WriteLine($"Violations   {journal.Violations.Count}");
        foreach (var violation in journal.Violations.Take(Shown))
            output.WriteLine($"  {violation}");
        if (journal.Violations.Count > Shown)
            output.WriteLine($"  and {journal.Violations.Count - Shown} more");
    }

    private static string Outcome(Answer answer) => answer.IsSuccess ? "done" : answer.Code;

    private static string Counted(IEnumerable<KeyValuePair<string, int>> counts) =>
        string.Join(", ", counts.OrderByDescending(count => count.Value).Select(count => $"{count.Key} {count.Value}"));
}
