using System.Collections.Concurrent;
using Npgsql;

namespace Shop.Identity.ApiKeys;

/// <summary>When keys were used last: noted in memory, written at most once a minute for each.</summary>
internal sealed class ApiKeyUses([FromKeyedServices(SideConnections.Key)] NpgsqlDataSource source, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // Of several hosts one writes: the row says that the minute is not over, and since when it runs. A row that is
    // locked, by another host or a revocation, is left to the next use.
    private const string Write = """
        with written as (
            update identity.api_keys k set last_used_at = u.used_at
            from unnest($1, $2) as u (api_key_id, used_at)
            where k.api_key_id = u.api_key_id
              and (k.last_used_at is null or k.last_used_at <= u.used_at - interval '1 minute')
              and k.api_key_id in (
                  select l.api_key_id from identity.api_keys l where l.api_key_id = any($1) for update skip locked)
            returning k.api_key_id, k.last_used_at)
        select k.api_key_id, coalesce(w.last_used_at, k.last_used_at)
        from identity.api_keys k left join written w on w.api_key_id = k.api_key_id
        where k.api_key_id = any($1)
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
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                if (!reader.IsDBNull(1))
                    written[reader.GetGuid(0)] = reader.GetFieldValue<DateTimeOffset>(1);
            }
        }

        foreach (var use in uses)
            unwritten.TryRemove(use);
    }
}
