namespace Shop.Chaos;

/// <summary>The summary of a run, for a person.</summary>
internal static class Summary
{
    private const int Shown = 20;

    public static void Write(TextWriter output, int rounds, FaultInjector injector, History history)
    {
        var operations = history.Operations;
        output.WriteLine($"Rounds       {rounds}");
        output.WriteLine($"Faults       {injector.Counts.Values.Sum()}: {Counted(injector.Counts)}");
        output.WriteLine(
            $"Operations   {operations.Count}: {Counted(operations.CountBy(operation => operation.Kind))}");
        var outcomes = operations.CountBy(operation => operation.Answer is { } answer ? Outcome(answer) : "never");
        output.WriteLine(
            $"Acknowledged {operations.Count(operation => operation.Answer is not null)}: {Counted(outcomes)}");
        output.WriteLine($"Unknown      {operations.Count(operation => operation.WasUnknown)} at some time");
        output.WriteLine($"Replayed     {operations.Count(operation => operation.WasReplayed)}");
        if (history.Rates.Count > 0)
        {
            var rates = string.Join(", ", history.Rates.Select(rate => $"{rate:0.00}"));
            output.WriteLine($"Others' rate {rates} while a host was stopped");
        }

        output.WriteLine($"Violations   {history.Violations.Count}");
        foreach (var violation in history.Violations.Take(Shown))
            output.WriteLine($"  {violation}");
        if (history.Violations.Count > Shown)
            output.WriteLine($"  and {history.Violations.Count - Shown} more");
    }

    private static string Outcome(Answer answer) => answer.IsSuccess ? "done" : answer.Code;

    private static string Counted(IEnumerable<KeyValuePair<string, int>> counts) =>
        string.Join(", ", counts.OrderByDescending(count => count.Value).Select(count => $"{count.Key} {count.Value}"));
}
