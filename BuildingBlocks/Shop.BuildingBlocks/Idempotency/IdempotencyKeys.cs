using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Pipeline;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>The keys of the requests that one transaction serves.</summary>
internal sealed class IdempotencyKeys(Db db, TimeProvider time)
{
    private const string Keys = "unnest(@callers, @keys) with ordinality as k (caller, key, position)";

    // Whoever holds the lock is running; nobody waits for it. Two keys with one hash would be told to come again, no more.
    private const string Lock = $"""
        select shop.assert_claimed(count(*) filter (where pg_try_advisory_xact_lock(hashtextextended(k.caller || ' ' || k.key, 0))), count(*)) from {Keys}
        """;

    private const string NotClaimed = "SH002";
    private const string PrimaryKey = "idempotency_keys_pkey";

    // A statement of its own, behind the lock: its snapshot has what the last holder committed. With its limit it is looked up key by key.
    private const string Find = $"""
        select k.position, i.fingerprint, i.status, i.location, i.body
        from {Keys}
        cross join lateral (
            select fingerprint, status, location, body from shop.idempotency_keys where caller = k.caller and key = k.key limit 1) as i
        """;

    private const string Insert = """
        insert into shop.idempotency_keys (caller, key, fingerprint, status, location, body, created_at)
        select caller, key, fingerprint, status, location, body, @now
        from unnest(@callers, @keys, @fingerprints, @statuses, @locations, @bodies) as k (caller, key, fingerprint, status, location, body)
        """;

    private readonly List<(IdempotencyKey Key, KeptAnswer Answer)> kept = [];

    private sealed record Row(long Position, byte[] Fingerprint, short Status, string? Location, byte[] Body)
    {
        public KeptAnswer Answer => new(Status, Location, Body);
    }

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
            db.QueueRead(Find, row => Look(At(row), Read(row)), parameters);
        return refusals;

        int At(DbDataReader row) => keyed[row.GetInt64(0) - 1];

        void Look(int i, Row row)
        {
            if (row.Fingerprint.AsSpan().SequenceEqual(requests[i].Key!.Fingerprint))
                requests[i].Replay(row.Answer);
            else
                refusals[i] = Reused();
        }
    }

    /// <summary>
    /// The same without looking: for a statement that keeps the answers itself, and that the keys' own uniqueness stops where one of them was used:
    /// <see cref="WereUsed"/>.
    /// </summary>
    public DrawnAnswers<TResult> Draw<TResult>(IReadOnlyList<IdempotentRequest> requests)
    {
        Take(requests);
        return new DrawnAnswers<TResult>(requests, time.UtcNow());
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

    /// <summary>Queues the rows of what was kept.</summary>
    public void Post()
    {
        if (kept.Count == 0)
            return;
        db.QueueWrite(
            Insert,
            kept.Count,
            [
                .. Parameters(kept.ConvertAll(row => row.Key)),
                ("fingerprints", kept.ConvertAll(row => row.Key.Fingerprint)),
                ("statuses", kept.ConvertAll(row => (short)row.Answer.Status)),
                ("locations", kept.ConvertAll(row => row.Answer.Location)),
                ("bodies", kept.ConvertAll(row => row.Answer.Body)),
                ("now", time.UtcNow()),
            ]);
        kept.Clear();
    }

    /// <summary>After a commit whose outcome is not known: the answer, if the effect is there.</summary>
    public async Task<KeptAnswer?> FindAsync(IdempotencyKey key, CancellationToken ct)
    {
        var row = await db.QuerySingleOrDefaultAsync<Row>(Find, new { callers = new[] { key.Caller }, keys = new[] { key.Key } }, ct);
        return row?.Answer;
    }

    /// <summary>Whether a transaction failed because another one is busy with one of its keys.</summary>
    public static bool IsUnderWay(Exception error) => error is PostgresException { SqlState: NotClaimed };

    /// <summary>Whether a transaction failed because one of its keys was used before.</summary>
    public static bool WereUsed(PostgresException error) => error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: PrimaryKey };

    /// <summary>409 <c>idempotency.in_progress</c>.</summary>
    public static Refused InProgress() =>
        new("idempotency.in_progress", "A request with this Idempotency-Key is under way.") { RetryAfter = TimeSpan.FromSeconds(1) };

    private static Refused Reused() =>
        new("idempotency.key_reused", "This Idempotency-Key was used for another request.", StatusCodes.Status422UnprocessableEntity);

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
        row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetInt16(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetFieldValue<byte[]>(4));

    private static (string, object)[] Parameters(IReadOnlyList<IdempotencyKey> keys) =>
        [("callers", keys.Select(key => key.Caller).ToArray()), ("keys", keys.Select(key => key.Key).ToArray())];
}
