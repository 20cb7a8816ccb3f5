using System.Globalization;

namespace Shop.BuildingBlocks.Database;

/// <summary>Session settings for one query, until the end of its transaction.</summary>
internal static class QueryLimits
{
    public static string Of(TimeSpan limit)
    {
        var milliseconds = (long)Math.Max(1, limit.TotalMilliseconds);
        // A lock_timeout of 0 would be none.
        var lockMilliseconds = Math.Max(1, milliseconds / 2);
        return string.Create(CultureInfo.InvariantCulture, $"""
            select set_config('statement_timeout', '{milliseconds}', true),
                set_config('lock_timeout', '{lockMilliseconds}', true),
                set_config('max_parallel_workers_per_gather', '0', true)
            """);
    }
}

/// <summary>A query ran into the limit that it was given. It says nothing about the database's health.</summary>
public sealed class QueryTimeoutException(TimeSpan limit, Exception inner)
    : Exception($"The query took longer than its limit of {limit.TotalMilliseconds} ms.", inner);
