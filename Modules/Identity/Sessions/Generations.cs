namespace Shop.Identity.Sessions;

/// <summary>
/// Refresh token rotation with reuse detection: the generation of a session's current refresh token, and when those
/// before it were first used.
/// </summary>
/// <param name="UsedAt">First uses of the generations up to the one before the current, newest last.</param>
internal sealed record Generations(int Current, IReadOnlyList<DateTimeOffset> UsedAt)
{
    /// <summary>How long after its first use a refresh token is still answered.</summary>
    public static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(10);

    /// <summary>Older generations that are remembered within the grace period.</summary>
    public const int MaximumUses = 100;

    /// <summary>Uses a refresh token of a generation. The current one makes the next generation.</summary>
    /// <param name="now">Of the database, behind the session's lock.</param>
    /// <returns>Null for a reuse after the grace period: the token has leaked.</returns>
    public Generations? Use(int generation, DateTimeOffset now)
    {
        // A database that was restored from a backup may be behind the tokens that were given out.
        if (generation >= Current)
            return new Generations(generation + 1, UsesWith(generation, now));
        var place = UsedAt.Count - (Current - generation);
        return place >= 0 && now - UsedAt[place] <= GracePeriod ? this : null;
    }

    private List<DateTimeOffset> UsesWith(int generation, DateTimeOffset now)
    {
        var before = generation == Current ? UsedAt.SkipWhile(used => now - used > GracePeriod) : [];
        return [.. before.Append(now).TakeLast(MaximumUses)];
    }
}
