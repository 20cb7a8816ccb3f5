using System.Data.Common;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>How the keys of a transaction were found, once its claim has been sent.</summary>
internal sealed class KeyClaim
{
    private readonly IReadOnlyList<IdempotencyKey?> keys;
    private readonly Dictionary<(long Caller, string Key), int> firstPlaces = [];
    private readonly Dictionary<int, (byte[]? Fingerprint, StoredResponse? Response)> found = [];

    /// <param name="keys">One for each command, null for a request without a key.</param>
    public KeyClaim(IReadOnlyList<IdempotencyKey?> keys)
    {
        this.keys = keys;
        Keys = [.. keys.Where((key, place) => key is not null && firstPlaces.TryAdd((key.Caller, key.Key), place))!];
    }

    /// <summary>Each key once: its lock would be granted to the same session again.</summary>
    public IReadOnlyList<IdempotencyKey> Keys { get; }

    /// <summary>Whether a response was found for one of the keys.</summary>
    public bool HasResponses => found.Values.Any(earlier => earlier.Response is not null);

    /// <returns>The response of an earlier request with the same key and fingerprint, or null.</returns>
    public StoredResponse? ResponseOf(int place) =>
        EarlierOf(place) is { Response: { } response, Fingerprint: { } used } && IsOf(place, used) ? response : null;

    /// <returns>
    /// Why the key admits no command: 409 while a request with it is under way, 422 for another request.
    /// </returns>
    public Error? ErrorOf(int place) => EarlierOf(place) switch
    {
        null => null,
        { Fingerprint: { } used } when !IsOf(place, used) => IdempotencyErrors.KeyReused.Of(),
        { Response: null } => IdempotencyErrors.InProgress.Of(),
        _ => null,
    };

    /// <summary>
    /// Takes a row: the place in <see cref="Keys"/> from 1, whether another transaction is busy with the key, and else
    /// the response, which replaces that.
    /// </summary>
    public void Read(DbDataReader row)
    {
        var key = Keys[(int)row.GetInt64(0) - 1];
        found[firstPlaces[(key.Caller, key.Key)]] = row.GetBoolean(1)
            ? (null, null)
            : (row.GetFieldValue<byte[]>(2), new StoredResponse(
                row.GetInt16(3),
                row.IsDBNull(4) ? null : row.GetString(4),
                StoredResponse.Decode(row.GetInt16(5), row.GetFieldValue<byte[]>(6))));
    }

    // The earlier request may be in this very transaction.
    private (byte[]? Fingerprint, StoredResponse? Response)? EarlierOf(int place)
    {
        if (keys[place] is not { } key)
            return null;
        var first = firstPlaces[(key.Caller, key.Key)];
        if (found.TryGetValue(first, out var earlier))
            return earlier;
        return first == place ? null : (keys[first]!.Fingerprint, null);
    }

    private bool IsOf(int place, byte[] fingerprint) => fingerprint.AsSpan().SequenceEqual(keys[place]!.Fingerprint);
}
