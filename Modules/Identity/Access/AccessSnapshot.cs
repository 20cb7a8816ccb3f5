using Shop.Identity.ApiKeys;
using Shop.Identity.External;
using Shop.Identity.Users;

namespace Shop.Identity.Access;

/// <summary>Users' access, as one read of the database found it.</summary>
/// <param name="Began">When the read was sent; earlier commits are in it.</param>
/// <param name="Staff">Users with another role than CUSTOMER.</param>
/// <param name="EndedSessions">
/// Of the last access token's lifetime, the latest of them where there are too many.
/// </param>
/// <param name="EndedUsers">When all sessions of a user were ended, of the last minutes.</param>
/// <param name="ApiKeys">Those that are not revoked. One that is not among them may have been made since.</param>
/// <param name="CompleteSince">
/// Null: all are there. Otherwise of tokens issued before this time it is not known.
/// </param>
internal sealed record AccessSnapshot(
    AccessTime Began,
    IReadOnlyDictionary<long, Role> Staff,
    HashSet<Guid> EndedSessions,
    IReadOnlyDictionary<long, DateTimeOffset> EndedUsers,
    DateTimeOffset? CompleteSince,
    IReadOnlyDictionary<KeyHash, CachedApiKey> ApiKeys)
{
    public Role RoleOf(long userId) => Staff.GetValueOrDefault(userId, Role.Customer);

    public Permissions PermissionsOf(long userId) => Roles.PermissionsOf(RoleOf(userId));

    public bool HasEnded(AccessToken token) => EndedSessions.Contains(token.SessionId);

    /// <summary>
    /// Whether the session may have ended all the same: the token is older than the endings that are kept.
    /// </summary>
    public bool MayHaveEnded(AccessToken token) => token.IssuedAt < CompleteSince;

    /// <summary>
    /// Whether the user was read after the latest end of its sessions, which a change of its status is too.
    /// </summary>
    public bool IsCurrent(ExternalUser user) =>
        EndedUsers.Count < AccessReader.MaximumEndings
        && !(EndedUsers.TryGetValue(user.UserId, out var ended) && (user.EndedAt is null || user.EndedAt < ended));
}

/// <summary>
/// A moment by both clocks: the monotonic one stands still while a machine sleeps, the other can be set back.
/// </summary>
internal sealed record AccessTime(long Timestamp, DateTimeOffset Utc)
{
    public static AccessTime Now(TimeProvider time) => new(time.GetTimestamp(), time.GetUtcNow());

    /// <summary>By the clock that says more.</summary>
    public TimeSpan Age(TimeProvider time)
    {
        var (elapsed, difference) = (time.GetElapsedTime(Timestamp), time.GetUtcNow() - Utc);
        return elapsed > difference ? elapsed : difference;
    }
}
