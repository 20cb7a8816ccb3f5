using System.Collections.Concurrent;
using Npgsql;

namespace Shop.Identity.ApiKeys;

/// <summary>When keys were used last: noted in memory, written at most once a minute for each.</summary>
internal sealed class ApiKeyUses([FromKeyedServices(SideConnections.Key)] NpgsqlDataSource source, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // Of several hosts one writes: the row says that the minute is not over. A row that is locked, by another host or a
    // revocation, is left to the next use.
    private const string Write = """
        update identity.api_keys k set last_used_at = u.used_at
        from unnest($1, $2) as u (api_key_id, used_at)
        where k.api_key_id = u.api_key_id
          and (k.last_used_at is null or k.last_used_at <= u.used_at - interval '1 minute')
          and k.api_key_id in (
              select l.api_key_id from identity.api_keys l where l.api_key_id = any($1) for update skip locked)
        """;

    private readonly ConcurrentDictionary<Guid, DateTimeOffset> written = new();
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> unwritten = new();

    public void Note(Guid apiKeyId)
    {
        var now = time.UtcNow();
        if (!written.TryGetValue(apiKeyId, out var last) || now - last >= Interval)
            unwritten[apiKeyId] = now;
    }

    public async Task WriteAsync(CancellationToken ct)
    {
        var uses = unwritten.ToArray();
        if (uses.Length == 0)
            return;
        await using var command = source.CreateCommand(Write);
        command.Parameters.Add(new() { Value = uses.Select(use => use.Key).ToArray() });
        command.Parameters.Add(new() { Value = uses.Select(use => use.Value).ToArray() });
        await command.ExecuteNonQueryAsync(ct);
        foreach (var use in uses)
        {
            written[use.Key] = use.Value;
            unwritten.TryRemove(use);
        }
    }
}
