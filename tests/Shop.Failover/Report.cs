using System.Globalization;

namespace Shop.Failover;

/// <summary>The table of all faults and what came of them, in Markdown.</summary>
internal static class Report
{
    public static string Of(IReadOnlyList<Outcome> outcomes)
    {
        var hosts = outcomes.Count == 0 ? [] : outcomes[0].Hosts.Select(host => host.Host).ToList();
        string[] head =
        [
            "fault",
            .. hosts,
            "target",
            .. hosts.Select(host => $"refused, {host}"),
            "acknowledged", "lost", "twice", "audit",
        ];
        return string.Join('\n', [Row(head), Row(head.Select(_ => "---")), .. outcomes.Select(RowOf)]) + "\n";
    }

    private static string RowOf(Outcome outcome) => Row(
    [
        outcome.Fault.What,
        .. outcome.Hosts.Select(host => Seconds(host.Outage)),
        outcome.Fault.Target is { } target ? $"{target} s" : "",
        .. outcome.Hosts.Select(host => host.Refusals),
        $"{outcome.Acknowledged}",
        $"{outcome.Lost}",
        $"{outcome.Doubled}",
        outcome.IsConsistent switch { true => "consistent", false => "not consistent", null => "not run" },
    ]);

    private static string Seconds(TimeSpan outage) =>
        outage.TotalSeconds.ToString("0.0 's'", CultureInfo.InvariantCulture);

    private static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";
}
