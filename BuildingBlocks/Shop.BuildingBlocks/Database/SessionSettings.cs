using System.Text.RegularExpressions;
using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// The settings that every session of the shop has: time limits, and the planner's switches. A connection brings them
/// as the startup parameter <c>options</c>; a pooler ignores that one, see <see cref="PooledSessions"/>.
/// </summary>
internal static partial class SessionSettings
{
    /// <summary>Is <c>on</c> in a session that took the startup parameter, and unknown in a pooler's.</summary>
    public const string Marker = "shop.direct";

    private static readonly (string Name, string Value)[] Defaults =
    [
        // Each limit ends before the one around it, so that the error says what was slow: a connection 1.5 s, a lock
        // 2 s, a statement 15 s, the request 30 s. (Connecting at the start may take the driver's 4 s.) A host that is
        // paused in a transaction holds its rows for 3 s.
        ("idle_in_transaction_session_timeout", "3s"),
        ("lock_timeout", "2s"),
        ("statement_timeout", "15s"),
        // Every statement goes by keys that have an index, some rows at a time. A plan made while a table was small, or
        // before its new rows were counted, would read the whole table each time. (The audit does, and says so.)
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        ("enable_material", "off"),
        ("jit", "off"),
    ];

    // No limit holds for migrations, nor for waiting until another host is done with them.
    private static readonly (string Name, string Value)[] Unlimited =
        [("idle_in_transaction_session_timeout", "0"), ("lock_timeout", "0"), ("statement_timeout", "0")];

    /// <summary>
    /// For the startup parameter <c>options</c>. PostgreSQL goes by the last of several, so what a connection string
    /// says follows.
    /// </summary>
    public static IEnumerable<string> Options => [Option(Marker, "on"), .. Defaults.Select(Option)];

    /// <summary>Follows all others, for sessions that migrate.</summary>
    public static IEnumerable<string> UnlimitedOptions => Unlimited.Select(Option);

    /// <summary>The same for one transaction, where the session belongs to a pooler.</summary>
    public static string UnlimitedLocally { get; } =
        string.Join("; ", Unlimited.Select(setting => $"set local {setting.Name} = {setting.Value}"));

    /// <summary>
    /// For a transaction that migrates. While it waits for a table's lock, all later statements on the table wait
    /// behind it: hence the short limit.
    /// </summary>
    public static string MigratingLocally { get; } = $"{UnlimitedLocally}; set local lock_timeout = '1s'";

    /// <summary>The settings as a connection string has them, its own <c>Options</c> included.</summary>
    public static IReadOnlyDictionary<string, string> Of(string connectionString)
    {
        var settings = Defaults.ToDictionary(setting => setting.Name, setting => setting.Value, StringComparer.Ordinal);
        foreach (Match option in Given().Matches(new NpgsqlConnectionStringBuilder(connectionString).Options ?? ""))
        {
            var name = option.Groups["name"].Value.Replace('-', '_').ToLowerInvariant();
            if (settings.ContainsKey(name))
                settings[name] = Escaped().Replace(option.Groups["value"].Value, "${kept}");
        }

        return settings;
    }

    private static string Option((string Name, string Value) setting) => Option(setting.Name, setting.Value);

    private static string Option(string name, string value) => $"-c {name}={value}";

    // -c name=value, -cname=value, --name=value; a backslash keeps the blank behind it.
    [GeneratedRegex(
        @"(?<=^|\s)(-c\s*|--)(?<name>[\w.-]+)=(?<value>(\\.|[^\s\\])*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Given();

    [GeneratedRegex(@"\\(?<kept>.)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Escaped();
}
