using System.Data.Common;
using Shop.BuildingBlocks.Database;
using Shop.Messages;

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

    private readonly List<(IdempotencyKey Key, StoredResponse Response)> stored = [];
    private KeyClaim? claim;

    /// <summary>
    /// Queues the claim of the keys, first of all in the transaction. A key's advisory lock is tried, not waited for: a
    /// request that runs holds it.
    /// </summary>
    /// <param name="keys">One for each command of the transaction, null for a request without a key.</param>
    public KeyClaim QueueClaim(IReadOnlyList<IdempotencyKey?> keys)
    {
        claim = new KeyClaim(keys);
        int[] places = [.. Enumerable.Range(0, keys.Count).Where(i => keys[i] is not null)];
        if (places.Length > 0)
        {
            var claiming = claim;
            db.QueueRead(
                Claim,
                row => claiming.Add(places[row.GetInt64(0) - 1], row.GetBoolean(1) ? null : Read(row)),
                Parameters([.. places.Select(i => keys[i]!)]));
        }

        return claim;
    }

    /// <summary>Notes the response of a request whose effect is in this transaction.</summary>
    public void Store(IdempotencyKey key, StoredResponse response) => stored.Add((key, response));

    /// <summary>Queues the rows of the stored responses, last in the transaction.</summary>
    public void QueueStored()
    {
        if (claim is { HasResponses: true })
            db.Queue(WaitForStandby);
        if (stored.Count == 0)
            return;
        var bodies = stored.ConvertAll(row => EncodedBody.Of(row.Response.Body));
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
        var found = new KeyClaim([key]);
        var parameters = Parameters([key]);
        await db.BeginAsync(ct);
        db.QueueRead(Find, row => found.Add(0, Read(row)), parameters);
        db.Queue(WaitForStandbyIfUsed, parameters);
        await db.CommitAsync(ct);
        return found.ErrorOf(0) is { } error ? throw new ErrorException(error) : found.ResponseOf(0);
    }

    private static FoundResponse Read(DbDataReader row) => new(
        row.GetFieldValue<byte[]>(2),
        new StoredResponse(
            row.GetInt16(3),
            row.IsDBNull(4) ? null : row.GetString(4),
            new EncodedBody(row.GetInt16(5), row.GetFieldValue<byte[]>(6)).Decode()));

    private static (string, object)[] Parameters(IReadOnlyList<IdempotencyKey> keys) =>
        [("callers", keys.Select(key => key.Caller).ToArray()), ("keys", keys.Select(key => key.Key).ToArray())];
}

/// <param name="Fingerprint">Of the request that was answered.</param>
internal sealed record FoundResponse(byte[] Fingerprint, StoredResponse Response);

/// <summary>How the keys of a transaction were found, once its claim has been sent.</summary>
internal sealed class KeyClaim(IReadOnlyList<IdempotencyKey?> keys)
{
    private readonly Dictionary<int, FoundResponse?> found = [];

    /// <summary>Whether a response was found for one of the keys.</summary>
    public bool HasResponses { get; private set; }

    /// <returns>The response of an earlier request with the same key and fingerprint, or null.</returns>
    public StoredResponse? ResponseOf(int place) =>
        found.GetValueOrDefault(place) is { } earlier && IsSameRequest(place, earlier) ? earlier.Response : null;

    /// <returns>Why the key admits no command: 409 while a request with it is under way, 422 for another request.</returns>
    public Error? ErrorOf(int place) => !found.TryGetValue(place, out var earlier) ? null
        : earlier is null ? IdempotencyErrors.InProgress.Of()
        : IsSameRequest(place, earlier) ? null
        : IdempotencyErrors.KeyReused.Of();

    /// <param name="earlier">Null where another transaction is busy with the key; a response replaces that.</param>
    internal void Add(int place, FoundResponse? earlier)
    {
        found[place] = earlier;
        HasResponses |= earlier is not null;
    }

    private bool IsSameRequest(int place, FoundResponse earlier) =>
        earlier.Fingerprint.AsSpan().SequenceEqual(keys[place]!.Fingerprint);
}
