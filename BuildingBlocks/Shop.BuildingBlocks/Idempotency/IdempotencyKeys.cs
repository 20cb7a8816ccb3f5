using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Commands;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>The keys of the requests that one transaction serves.</summary>
internal sealed class IdempotencyKeys(Db db)
{
    // Fails where another transaction is busy with one of the keys. A function, because a statement opens and locks each
    // table and index that it names: the look-ups of the keys that are not locked, which are rare, too.
    private const string Claimed = "shop.claim_keys(@callers, @keys)";

    private const string Found = "shop.find_responses(@callers, @keys)";

    private const string Columns = "place, fingerprint, status, location, encoding, body";

    private const string NotClaimed = "SH002";
    private const string Used = "SH003";

    private const string ClaimAndFind = $"select {Columns} from {Claimed}";

    private const string ClaimUnused = $"select shop.assert_unused(count(*)) from {Claimed}";

    private const string Find = $"select {Columns} from {Found}";

    // A COMMIT that writes nothing does not wait for the standby, so a failover may lose the answer that it confirms.
    // With a WAL record it waits; a transaction id alone does not make it.
    private const string HasStandby = "current_setting('synchronous_standby_names') <> ''";

    private const string WaitForStandby = $"select pg_logical_emit_message(true, '', '') where {HasStandby}";

    private const string WaitForStandbyIfUsed = $"""
        select pg_logical_emit_message(true, '', '') from {Found} where {HasStandby}
        """;

    private const string Insert = $"""
        insert into shop.stored_responses (caller, slot, status, encoding, fingerprint, key, location, body)
        select caller, {CurrentSlot}, status, encoding, fingerprint, key, location, body
        from unnest(@callers, @keys, @fingerprints, @statuses, @locations, @encodings, @bodies)
            as k (caller, key, fingerprint, status, location, encoding, body)
        """;

    /// <summary>The partition that is written today.</summary>
    public const string CurrentSlot = "(select shop.response_slot(shop.now()))";

    private readonly List<(IdempotencyKey Key, StoredResponse Response)> kept = [];
    private bool replays;

    private sealed record Row(long Place, byte[] Fingerprint, StoredResponse Response);

    /// <summary>
    /// First of all in the transaction: queues the statement that takes the keys for it and looks whether they have been
    /// used. Where another transaction is busy with one of them, the queue fails before it comes to what is queued
    /// behind, so nothing is waited for: <see cref="IsUnderWay"/>.
    /// </summary>
    /// <returns>
    /// For each request what its key refuses it for, or null: once the queue has been sent. Where it was answered before,
    /// <see cref="IdempotentRequest.Answer"/> has that then, and its command is not to be run either.
    /// </returns>
    public IReadOnlyList<Refused?> Claim(IReadOnlyList<IdempotentRequest> requests)
    {
        var refusals = new Refused?[requests.Count];
        var (keyed, parameters) = Keyed(requests);
        if (keyed.Length > 0)
            db.QueueRead(ClaimAndFind, row => Look(Read(row)), parameters);
        return refusals;

        void Look(Row row)
        {
            var i = keyed[row.Place - 1];
            replays = true;
            if (Matches(row, requests[i].Key!))
                requests[i].Replay(row.Response);
            else
                refusals[i] = Reused();
        }
    }

    /// <summary>
    /// The same for a statement that keeps the responses itself: where a key was used, the queue fails before it
    /// comes to that statement: <see cref="WereUsed"/>.
    /// </summary>
    public DrawnAnswers<TResult> Draw<TResult>(IReadOnlyList<IdempotentRequest> requests)
    {
        var (keyed, parameters) = Keyed(requests);
        if (keyed.Length > 0)
            db.Queue(ClaimUnused, parameters);
        return new DrawnAnswers<TResult>(requests);
    }

    /// <summary>Notes the answer of a request whose effect is in this transaction.</summary>
    public void Keep<TResult>(IdempotentRequest request, TResult result)
    {
        if (request.IsKept)
            kept.Add((request.Key!, request.Keep(result!)));
    }

    /// <inheritdoc cref="Keep{TResult}"/>
    public void Keep(IdempotentRequest request, Refused refused)
    {
        if (request.IsKept)
            kept.Add((request.Key!, request.Keep(refused)));
    }

    /// <summary>Queues what the transaction ends with: the rows of what was kept.</summary>
    public void Post()
    {
        if (replays)
            db.Queue(WaitForStandby);
        if (kept.Count == 0)
            return;
        var bodies = kept.ConvertAll(row => EncodedBody.Of(row.Response.Body));
        db.QueueWrite(
            Insert,
            kept.Count,
            [
                .. Parameters(kept.ConvertAll(row => row.Key)),
                ("fingerprints", kept.ConvertAll(row => row.Key.Fingerprint)),
                ("statuses", kept.ConvertAll(row => (short)row.Response.Status)),
                ("locations", kept.ConvertAll(row => row.Response.Location)),
                ("encodings", bodies.ConvertAll(body => body.Encoding)),
                ("bodies", bodies.ConvertAll(body => body.Bytes)),
            ]);
        kept.Clear();
    }

    /// <summary>
    /// Looks a key up, in a transaction of its own: the answer to its request, or null where there is none (yet).
    /// </summary>
    /// <exception cref="Refused">422: the key was used for another request.</exception>
    /// <exception cref="CommitUnknownException">There is an answer, but whether it lasts is not known.</exception>
    public async Task<StoredResponse?> FindAsync(IdempotencyKey key, CancellationToken ct)
    {
        Row? found = null;
        var parameters = Parameters([key]);
        await db.BeginAsync(ct);
        db.QueueRead(Find, row => found = Read(row), parameters);
        db.Queue(WaitForStandbyIfUsed, parameters);
        await db.CommitAsync(ct);
        if (found is null)
            return null;
        return Matches(found, key) ? found.Response : throw Reused();
    }

    /// <summary>Whether a transaction failed because another one is busy with one of its keys.</summary>
    public static bool IsUnderWay(Exception error) => error is PostgresException { SqlState: NotClaimed };

    /// <summary>Whether a transaction failed because one of its keys was used before.</summary>
    public static bool WereUsed(PostgresException error) => error.SqlState == Used;

    /// <summary>409 <c>idempotency.in_progress</c>.</summary>
    public static Refused InProgress() =>
        new("idempotency.in_progress", "A request with this Idempotency-Key is under way.") { RetryAfter = TimeSpan.FromSeconds(1) };

    private static Refused Reused() =>
        new("idempotency.key_reused", "This Idempotency-Key was used for another request.", StatusCodes.Status422UnprocessableEntity);

    private static bool Matches(Row row, IdempotencyKey key) => row.Fingerprint.AsSpan().SequenceEqual(key.Fingerprint);

    /// <returns>The indices of those that have a key, and the keys.</returns>
    private static (int[] Keyed, (string, object)[] Parameters) Keyed(IReadOnlyList<IdempotentRequest> requests)
    {
        var keyed = Enumerable.Range(0, requests.Count).Where(i => requests[i].IsKept).ToArray();
        foreach (var i in keyed)
            requests[i].Forget();
        return (keyed, Parameters([.. keyed.Select(i => requests[i].Key!)]));
    }

    private static Row Read(DbDataReader row) => new(
        row.GetInt64(0),
        row.GetFieldValue<byte[]>(1),
        new StoredResponse(
            row.GetInt16(2),
            row.IsDBNull(3) ? null : row.GetString(3),
            new EncodedBody(row.GetInt16(4), row.GetFieldValue<byte[]>(5)).Decode()));

    private static (string, object)[] Parameters(IReadOnlyList<IdempotencyKey> keys) =>
        [("callers", keys.Select(key => key.Caller).ToArray()), ("keys", keys.Select(key => key.Key).ToArray())];
}
