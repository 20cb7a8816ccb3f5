using System.Data.Common;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Database.Replicas;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>The idempotency keys and stored responses of the requests that one transaction serves.</summary>
internal sealed class IdempotencyStore(Db db)
{
    /// <summary>The partition that is written today.</summary>
    public const string CurrentSlot = "(select shop.response_slot(shop.now()))";

    // Functions, because a statement opens and locks each table and index that it names.
    private const string Claim = """
        select place, busy, fingerprint, status, location, encoding, body from shop.claim_keys(@callers, @keys)
        """;

    private const string Find = """
        select place, false, fingerprint, status, location, encoding, body from shop.find_responses(@callers, @keys)
        """;

    // A COMMIT that writes nothing does not wait for the standby, so a failover may lose the response that it confirms.
    // With a WAL record it waits; a transaction id alone does not make it.
    private const string HasStandby = "current_setting('synchronous_standby_names') <> ''";

    private const string WaitForStandby = $"select pg_logical_emit_message(true, '', '') where {HasStandby}";

    private const string WaitForStandbyIfUsed = $"""
        select pg_logical_emit_message(true, '', '') from shop.find_responses(@callers, @keys) where {HasStandby}
        """;

    private const string Insert = $"""
        insert into shop.stored_responses (caller, slot, status, encoding, fingerprint, key, location, body)
        select caller, {CurrentSlot}, status, encoding, fingerprint, key, location, body
        from unnest(@callers, @keys, @fingerprints, @statuses, @locations, @encodings, @bodies)
            as k (caller, key, fingerprint, status, location, encoding, body)
        """;

    private readonly Dictionary<IdempotencyKey, Result<StoredResponse>> found = [];
    private readonly List<(IdempotencyKey Key, StoredResponse Response)> stored = [];

    /// <summary>The log position behind the last look-up, for reads on a replica; null without one.</summary>
    public LogPosition? Position { get; private set; }

    /// <summary>
    /// Queues the claim of the keys, first of all in the transaction. A key's advisory lock is tried, not waited for: a
    /// request that runs holds it.
    /// </summary>
    /// <param name="keys">Each key once: its lock would be granted to the same session again.</param>
    public void QueueClaim(IReadOnlyList<IdempotencyKey> keys)
    {
        if (keys.Count > 0)
            db.QueueRead(Claim, row => Read(row, keys), Parameters(keys));
    }

    /// <returns>
    /// Once the claim has been sent: null where the key is free, the response of an earlier request, 409 while another
    /// transaction is busy with the key, or 422 where the key was used for another request.
    /// </returns>
    public Result<StoredResponse>? EarlierOf(IdempotencyKey key) =>
        found.TryGetValue(key, out var earlier) ? earlier : default(Result<StoredResponse>?);

    /// <summary>Notes the response of a request whose effect is in this transaction.</summary>
    public void Store(IdempotencyKey key, StoredResponse response) => stored.Add((key, response));

    /// <summary>Queues the rows of the stored responses, last in the transaction.</summary>
    public void QueueStored()
    {
        if (found.Values.Any(earlier => earlier.Error?.Code != IdempotencyErrors.InProgress.Code))
            db.Queue(WaitForStandby);
        if (stored.Count == 0)
            return;
        var bodies = stored.ConvertAll(row => row.Response.Encode());
        db.QueueWrite(
            Insert,
            stored.Count,
            [
                .. Parameters(stored.ConvertAll(row => row.Key)),
                ("fingerprints", stored.ConvertAll(row => row.Key.Fingerprint)),
                ("statuses", stored.ConvertAll(row => (short)row.Response.Status)),
                ("locations", stored.ConvertAll(row => row.Response.Location)),
                ("encodings", bodies.ConvertAll(body => body.Encoding)),
                ("bodies", bodies.ConvertAll(body => body.Bytes)),
            ]);
        stored.Clear();
    }

    /// <summary>
    /// Looks a key up, in a transaction of its own: the response to its request, or null where there is none (yet).
    /// </summary>
    /// <exception cref="ErrorException">422: the key was used for another request.</exception>
    /// <exception cref="CommitUnknownException">There is a response, but whether it lasts is not known.</exception>
    public async Task<StoredResponse?> FindAsync(IdempotencyKey key, CancellationToken ct)
    {
        await db.BeginAsync(ct);
        db.QueueRead(Find, row => Read(row, [key]), Parameters([key]));
        db.Queue(WaitForStandbyIfUsed, Parameters([key]));
        db.ReadPositionAtCommit(position => Position = position);
        await db.CommitAsync(ct);
        return EarlierOf(key)?.Value;
    }

    // A row has the key's place from 1, whether another transaction is busy with the key, and else the response, which
    // replaces that.
    private void Read(DbDataReader row, IReadOnlyList<IdempotencyKey> keys)
    {
        var key = keys[(int)row.GetInt64(0) - 1];
        if (row.GetBoolean(1))
            found[key] = IdempotencyErrors.InProgress.Of();
        else if (!key.IsOfRequest(row.GetFieldValue<byte[]>(2)))
            found[key] = IdempotencyErrors.KeyReused.Of();
        else
            found[key] = new StoredResponse(
                row.GetInt16(3),
                row.IsDBNull(4) ? null : row.GetString(4),
                StoredResponse.Decode(row.GetInt16(5), row.GetFieldValue<byte[]>(6)));
    }

    private static (string, object)[] Parameters(IReadOnlyList<IdempotencyKey> keys) =>
        [("callers", keys.Select(key => key.Caller).ToArray()), ("keys", keys.Select(key => key.Key).ToArray())];
}
