using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Identity.ApiKeys;
using Shop.Identity.External;
using Shop.Identity.Sessions;
using Shop.Identity.Users;

namespace Shop.Identity.Access;

/// <summary>Reads an <see cref="AccessSnapshot"/> in one round trip, on a connection beside the shop's pool.</summary>
internal sealed class AccessReader(
    [FromKeyedServices(SideConnections.Key)] NpgsqlDataSource source,
    IOptions<TokenLifetimeOptions> lifetimes,
    TimeProvider time)
{
    /// <summary>Endings that a host keeps in memory, each 16 bytes and its place in a table.</summary>
    public const int MaximumEndings = 50_000;

    // Between a host's clock, which issues tokens, and the database's, which ends sessions and says which are read: at
    // most 30 s.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    // Disabled users too: acting for them needs the permissions that they will have again. Their own sessions have
    // ended.
    // The command line makes administrators beyond the maximum, and the oldest count.
    private static readonly string SelectStaff = $"""
        select user_id, role from identity.users where role <> 'CUSTOMER'
        order by user_id limit {2 * ChangeUserHandler.MaximumStaff}
        """;

    // All of them, not those since the last read: a transaction that ended a session may commit late.
    private const string SelectEndings = """
        select session_id, ended_at from identity.ended_sessions where ended_at > (select shop.now()) - $1::interval
        order by ended_at desc limit $2
        """;

    private const string SelectEndedUsers = """
        select user_id, sessions_ended_at from identity.users
            where sessions_ended_at > (select shop.now()) - $1::interval
        order by sessions_ended_at desc limit $2
        """;

    // Older keys beyond it are looked up one by one.
    private static readonly string SelectApiKeys = $"{CachedApiKey.Select} order by api_key_id desc limit 10000";

    /// <param name="users">The permissions of users, for callers.</param>
    public async Task<AccessSnapshot> ReadAsync(IUserPermissions users, CancellationToken ct)
    {
        var began = AccessTime.Now(time);
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(SelectStaff));
        Add(SelectEndings, lifetimes.Value.AccessLifetime, MaximumEndings + 1);
        Add(SelectEndedUsers, ExternalUsers.KeepEndings, MaximumEndings);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(SelectApiKeys));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var staff = new Dictionary<long, Role>();
        while (await reader.ReadAsync(ct))
        {
            // A role of a newer build is none that this one knows.
            if (EnumNames.TryRead<Role>(reader.GetString(1), out var role))
                staff.Add(reader.GetInt64(0), role);
        }

        await reader.NextResultAsync(ct);
        var (ended, completeSince) = await ReadEndingsAsync(reader, ct);
        await reader.NextResultAsync(ct);
        var endedUsers = new Dictionary<long, DateTimeOffset>();
        while (await reader.ReadAsync(ct))
            endedUsers.Add(reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1));

        await reader.NextResultAsync(ct);
        var keys = new Dictionary<KeyHash, CachedApiKey>();
        while (await reader.ReadAsync(ct))
        {
            var (hash, key) = CachedApiKey.Read(reader, users);
            keys.Add(hash, key);
        }

        return new AccessSnapshot(began, staff, ended, endedUsers, completeSince, keys);

        void Add(string sql, TimeSpan since, int limit) => batch.BatchCommands.Add(new NpgsqlBatchCommand(sql)
        {
            Parameters = { new() { Value = since + ClockSkew }, new() { Value = limit } },
        });
    }

    private static async Task<(HashSet<Guid> Ended, DateTimeOffset? CompleteSince)> ReadEndingsAsync(
        NpgsqlDataReader reader, CancellationToken ct)
    {
        var ended = new HashSet<Guid>();
        while (await reader.ReadAsync(ct))
        {
            if (ended.Count == MaximumEndings)
                return (ended, reader.GetFieldValue<DateTimeOffset>(1) + ClockSkew);
            ended.Add(reader.GetGuid(0));
        }

        return (ended, null);
    }
}
