using System.Globalization;

namespace Shop.BuildingBlocks.Database;

/// <summary>A statement that sets session settings until the end of its transaction.</summary>
internal static class LocalSettings
{
    public static string Of(TimeSpan limit, IEnumerable<(string Name, string Value)> settings)
    {
        var milliseconds = (long)Math.Max(1, limit.TotalMilliseconds);
        // A lock_timeout of 0 would be none.
        (string, string)[] limits =
            [("statement_timeout", Text(milliseconds)), ("lock_timeout", Text(Math.Max(1, milliseconds / 2)))];
        return $"select {string.Join(", ", limits.Concat(settings).Select(Set))}";
    }

    private static string Set((string Name, string Value) setting) =>
        $"set_config('{setting.Name}', '{setting.Value}', true)";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A query ran into the limit that it was given, which says nothing about the database's health.</summary>
public sealed class QueryTimeoutException(TimeSpan limit, Exception inner)
    : Exception($"The query took longer than its limit of {limit.TotalMilliseconds} ms.", inner);
