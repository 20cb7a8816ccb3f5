using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Pipeline;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>The keys of the requests that one transaction serves.</summary>
internal sealed class IdempotencyKeys(Db db)
{
    private const string Keys = "unnest(@callers, @keys) with ordinality as k (caller, key, position)";

    // One index probe for each partition; the older table is empty a day after the last host of the version before
    // has gone.
    private const string ResponseOfKey = """
        select fingerprint, status, location, encoding, body
        from shop.stored_responses where caller = k.caller and key = k.key
        union all
        select fingerprint, status, location, 0::smallint, body
        from shop.idempotency_keys where caller = k.caller and key = k.key
        limit 1
        """;

    private const string IsUsed = $"coalesce((select true from ({ResponseOfKey}) as used), false)";

    // A running request holds its key's lock. It is tried, not waited for. A lock that a repeat of an answered request
    // holds is no obstacle. Two keys with one hash would be told to come again, no more.
    private const string Lock = $"""
        select shop.assert_claimed(count(*) filter (where claimed), count(*))
        from (
            select case
                when pg_try_advisory_xact_lock(hashtextextended(k.caller || ' ' || k.key, 0)) then true
                else {IsUsed} end as claimed
            from {Keys}) as claims
        """;

    private const string NotClaimed = "SH002";
    private const string Used = "SH003";

    // A statement of its own, behind the lock: its snapshot has what the last holder committed.
    private const string Find = $"""
        select k.position, i.fingerprint, i.status, i.location, i.encoding, i.body
        from {Keys} cross join lateral ({ResponseOfKey}) as i
        """;

    private const string AssertUnused = $"select shop.assert_unused(count(*) filter (where {IsUsed})) from {Keys}";

    // A COMMIT that writes nothing does not wait for the standby, so a failover may lose the answer that it confirms.
    // With a WAL record it waits; a transaction id alone does not make it.
    private const string HasStandby = "current_setting('synchronous_standby_names') <> ''";

    private const string WaitForStandby = $"select pg_logical_emit_message(true, '', '') where {HasStandby}";

    private const string WaitForStandbyIfUsed = $"""
        select pg_logical_emit_message(true, '', '') from {Keys} where {HasStandby} and {IsUsed}
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

    private sealed record Row(long Position, byte[] Fingerprint, StoredResponse Response);

    /// <summary>
    /// First of all in the transaction: queues the statements that take the keys for it and look whether they have been used. Where another transaction is
    /// busy with one of them, the queue fails before it comes to what is queued behind, so nothing is waited for: <see cref="IsUnderWay"/>.
    /// </summary>
    /// <returns>
    /// For each request what its key refuses it for, or null: once the queue has been sent. Where it was answered before,
    /// <see cref="IdempotentRequest.Answer"/> has that then, and its command is not to be run either.
    /// </returns>
    public IReadOnlyList<Refused?> Claim(IReadOnlyList<IdempotentRequest> requests)
    {
        var refusals = new Refused?[requests.Count];
        var (keyed, parameters) = Take(requests);
        if (keyed.Length > 0)
            db.QueueRead(Find, row => Look(Read(row)), parameters);
        return refusals;

        void Look(Row row)
        {
            var i = keyed[row.Position - 1];
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
        var (keyed, parameters) = Take(requests);
        if (keyed.Length > 0)
            db.Queue(AssertUnused, parameters);
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

    /// <returns>The places of those that have a key, and the keys.</returns>
    private (int[] Keyed, (string, object)[] Parameters) Take(IReadOnlyList<IdempotentRequest> requests)
    {
        var keyed = Enumerable.Range(0, requests.Count).Where(i => requests[i].IsKept).ToArray();
        foreach (var i in keyed)
            requests[i].Forget();
        var parameters = Parameters([.. keyed.Select(i => requests[i].Key!)]);
        if (keyed.Length > 0)
            db.Queue(Lock, parameters);
        return (keyed, parameters);
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
