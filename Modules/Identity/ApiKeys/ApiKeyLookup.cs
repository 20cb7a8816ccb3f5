using Npgsql;
using Shop.BuildingBlocks.Concurrency;

namespace Shop.Identity.ApiKeys;

/// <summary>
/// Looks up a key that the latest read of all keys did not find: it may have been made since. One at a time, fair
/// between networks; unknown keys are not remembered, since a client can send any number of them.
/// </summary>
internal sealed class ApiKeyLookup([FromKeyedServices(SideConnections.Key)] NpgsqlDataSource source)
{
    private const string SelectKey = $"{CachedApiKey.Select} and key_hash = $1";

    // The other side connection stays for the host's own reads, and for its short writes of uses.
    private readonly FairConcurrencyLimiter<ClientNetwork> limiter = new(permitLimit: 1, queueLimit: 64);

    /// <exception cref="ErrorException">
    /// Too many wait: 429 for a network with others in the queue, else 503.
    /// </exception>
    public async Task<CachedApiKey?> FindAsync(
        KeyHash hash, ClientNetwork network, IUserPermissions users, CancellationToken ct)
    {
        var (result, permit) = await limiter.AcquireAsync(network.Site, ct);
        using var held = permit ?? throw new ErrorException(result == WaitResult.FlowFull
            ? HttpErrors.RateLimited.Of("Too many unknown API keys from this network at once. Try again shortly.")
            : CommandErrors.Unavailable.Of("Too many unknown API keys at once. Try again shortly."));
        await using var command = source.CreateCommand(SelectKey);
        command.Parameters.Add(new() { Value = hash.ToBytes() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? CachedApiKey.Read(reader, users).Key : null;
    }
}
