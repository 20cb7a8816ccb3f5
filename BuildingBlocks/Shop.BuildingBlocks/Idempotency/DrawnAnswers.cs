using System.Text;
using System.Text.Json;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>
/// The answers of commands that one statement decides. Each is known beforehand but for one number, which the statement draws: so the statement keeps them
/// under their keys by itself, in the round trip in which it takes effect.
/// </summary>
public sealed class DrawnAnswers<TResult>
{
    private readonly IReadOnlyList<IdempotentRequest> requests;
    private readonly Dictionary<Guid, (int Place, Func<long, TResult> Result)> expected = [];
    private readonly Dictionary<int, TResult> drawn = [];

    internal DrawnAnswers(IReadOnlyList<IdempotentRequest> requests) => this.requests = requests;

    /// <param name="place">Of the command in its group.</param>
    /// <param name="id">Of the statement's row for it.</param>
    /// <param name="result">What the command comes to with the number that is drawn for it.</param>
    public void Expect(int place, Guid id, Func<long, TResult> result) => expected.Add(id, (place, result));

    /// <summary>For each row of the statement.</summary>
    public void Draw(Guid id, long number)
    {
        var (place, resultOf) = expected[id];
        var result = resultOf(number);
        drawn.Add(place, result);
        if (requests[place].IsKept)
            requests[place].Keep(result!);
    }

    /// <summary>Those of <see cref="DrawnAnswers.Kept"/>, once all are expected.</summary>
    public (string, object)[] Parameters()
    {
        var kept = expected.Where(one => requests[one.Value.Place].IsKept).ToList();
        var keys = kept.ConvertAll(one => requests[one.Value.Place].Key!);
        var answers = kept.ConvertAll(one => requests[one.Value.Place].Expect(one.Value.Result(DrawnAnswers.Hole)!));
        var bodies = answers.ConvertAll(answer => DrawnAnswers.Split(answer.Body));
        return
        [
            ("kept_ids", kept.ConvertAll(one => one.Key)),
            ("kept_callers", keys.ConvertAll(key => key.Caller)),
            ("kept_keys", keys.ConvertAll(key => key.Key)),
            ("kept_fingerprints", keys.ConvertAll(key => key.Fingerprint)),
            ("kept_statuses", answers.ConvertAll(answer => (short)answer.Status)),
            ("kept_locations", answers.ConvertAll(answer => answer.Location)),
            ("kept_heads", bodies.ConvertAll(body => body.Head)),
            ("kept_tails", bodies.ConvertAll(body => body.Tail)),
        ];
    }

    /// <returns>Whether the statement has decided it.</returns>
    internal bool TryGet(int place, out TResult? result) => drawn.TryGetValue(place, out result);
}

/// <summary>What a statement says to keep its answers.</summary>
public static class DrawnAnswers
{
    /// <summary>A common table expression behind the one that takes effect and returns <c>drawn (id, number)</c>.</summary>
    public const string Kept = $"""
        kept as (
            insert into shop.stored_responses (caller, slot, status, encoding, fingerprint, key, location, body)
            select k.caller, {IdempotencyKeys.CurrentSlot}, k.status, 0, k.fingerprint, k.key, k.location,
                k.head || convert_to(drawn.number::text, 'UTF8') || k.tail
            from unnest(@kept_ids, @kept_callers, @kept_keys, @kept_fingerprints, @kept_statuses, @kept_locations, @kept_heads, @kept_tails)
                as k (id, caller, key, fingerprint, status, location, head, tail)
            join drawn on drawn.id = k.id)
        """;

    /// <summary>Stands where the number will.</summary>
    internal const long Hole = long.MinValue;

    private static readonly byte[] HoleInJson = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(Hole));

    internal static (byte[] Head, byte[] Tail) Split(byte[] body)
    {
        var at = body.AsSpan().IndexOf(HoleInJson);
        if (at < 0 || at != body.AsSpan().LastIndexOf(HoleInJson))
            throw new InvalidOperationException("The number that is drawn stands in the answer once.");
        return (body[..at], body[(at + HoleInJson.Length)..]);
    }
}
