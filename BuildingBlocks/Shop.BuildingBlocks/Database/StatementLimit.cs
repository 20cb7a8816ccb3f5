using System.Globalization;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// How long a statement may take where that is not the session's own limit. PostgreSQL ends it; the driver, which would
/// otherwise end it after its own 30 s, waits a little longer, for the case that PostgreSQL does not answer at all.
/// </summary>
public sealed record StatementLimit(TimeSpan Timeout)
{
    /// <summary>Sets the limit for the transaction. Its parameter is <see cref="Milliseconds"/>.</summary>
    public const string Set = "select set_config('statement_timeout', @milliseconds, true)";

    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>Not zero, which is no limit to PostgreSQL.</summary>
    public string Milliseconds => Math.Max(1, (long)Timeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    public int DriverSeconds => (int)Math.Ceiling((Timeout + Margin).TotalSeconds);
}
