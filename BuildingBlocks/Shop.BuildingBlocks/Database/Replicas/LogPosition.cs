using System.Buffers;
using System.Data.Common;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Shop.BuildingBlocks.Database.Replicas;

/// <summary>
/// A position in the write-ahead log. A server that has replayed it, on the same timeline or a later one, has every
/// commit before it that the primary still knows.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LogPosition(uint Timeline, ulong Offset)
{
    /// <summary>The position replayed by a server in recovery, or written by a primary.</summary>
    /// <remarks>
    /// The control file's timeline is never ahead of the replay, and may be older for minutes after a failover. The
    /// receiver's is a later one only where the replay can follow it; roles without <c>pg_read_all_stats</c> see none.
    /// </remarks>
    internal const string Replayed = """
        select case
                when pg_is_in_recovery() then (
                    select greatest(r.min_recovery_end_timeline, c.timeline_id, w.received_tli)::bigint
                    from pg_control_recovery() r, pg_control_checkpoint() c
                    left join pg_stat_wal_receiver w on true)
                else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint
            end,
            (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end - '0/0')::bigint
        """;

    /// <summary>Of the primary, behind all that its session has committed.</summary>
    internal const string Written = $"""
        select ('x' || left(pg_walfile_name(l), 8))::bit(32)::bigint as {Column}, (l - '0/0')::bigint
        from pg_current_wal_insert_lsn() as l
        """;

    /// <summary>Of the primary, on its disk: a replay reaches it.</summary>
    internal const string Flushed = """
        select ('x' || left(pg_walfile_name(l), 8))::bit(32)::bigint, (l - '0/0')::bigint
        from pg_current_wal_flush_lsn() as l
        """;

    private const string Column = "log_timeline";

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789ABCDEF");

    public static bool TryParse(string? text, out LogPosition position)
    {
        position = default;
        if (text is null || text.IndexOf('.', StringComparison.Ordinal) is not (> 0 and var dot)
            || !TryParse(text.AsSpan(0, dot), 8, out var timeline)
            || !TryParse(text.AsSpan(dot + 1), 16, out var offset))
            return false;
        position = new LogPosition((uint)timeline, offset);
        return true;
    }

    /// <summary>The position behind both, of one timeline; else the later one's timeline has the word.</summary>
    public static LogPosition Max(LogPosition one, LogPosition other) => one.Timeline == other.Timeline
        ? one with { Offset = Math.Max(one.Offset, other.Offset) }
        : one.Timeline > other.Timeline ? one : other;

    public bool IsReachedBy(LogPosition replayed) => replayed.Timeline >= Timeline && replayed.Offset >= Offset;

    /// <summary>As clients bring it back: timeline and offset in hexadecimal digits, <c>1.16B3748</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Timeline:X}.{Offset:X}");

    internal static LogPosition Read(DbDataReader row) => new((uint)row.GetInt64(0), (ulong)row.GetInt64(1));

    /// <summary>Whether the reader is at the row of <see cref="Written"/>.</summary>
    internal static bool IsAt(DbDataReader row) => row.GetName(0) == Column;

    private static bool TryParse(ReadOnlySpan<char> digits, int maximum, out ulong value)
    {
        value = 0;
        return digits.Length <= maximum && !digits.ContainsAnyExcept(Digits)
            && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
