using Npgsql;
using Shop.BuildingBlocks.Concurrency;

namespace Shop.Identity.Access;

/// <summary>
/// Looks up whether a session has ended, where more sessions end than a host keeps in memory. One at a time, fair
/// between networks; that it has not is not remembered.
/// </summary>
internal sealed class EndingLookup([FromKeyedServices(SideConnections.Key)] NpgsqlDataSource source)
{
    private const string SelectEnding = "select exists (select from identity.ended_sessions where session_id = $1)";

    private readonly FairConcurrencyLimiter<ClientNetwork> limiter = new(permitLimit: 1, queueLimit: 64);

    /// <exception cref="ErrorException">503 <c>unavailable</c>: too many wait, or it can't be read.</exception>
    public async Task<bool> HasEndedAsync(Guid sessionId, ClientNetwork network, CancellationToken ct)
    {
        var (_, permit) = await limiter.AcquireAsync(network.Site, ct);
        using var held = permit ?? throw Unknown();
        try
        {
            await using var command = source.CreateCommand(SelectEnding);
            command.Parameters.Add(new() { Value = sessionId });
            return (bool)(await command.ExecuteScalarAsync(ct))!;
        }
        catch (Exception error) when (!ct.IsCancellationRequested && Transient.IsUnavailable(error))
        {
            throw Unknown();
        }
    }

    private static ErrorException Unknown() => new(CommandErrors.Unavailable.Of(
        "Whether this session has ended can't be read right now. Try again shortly."));
}
