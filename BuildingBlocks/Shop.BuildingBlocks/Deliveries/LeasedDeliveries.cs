using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Deliveries;

/// <summary>Deliveries in a table of a module, which a claim leases and a mark settles.</summary>
/// <param name="receiverName">In logs.</param>
public abstract class LeasedDeliveries(
    IServiceScopeFactory scopes, DeliveryOptions options, string receiverName, ILogger log) : IDeliveries
{
    // On top of the longest call: the time that a host may take to mark it.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    /// <summary>How long a claim leases a delivery.</summary>
    protected TimeSpan LeasedFor => options.Timeout + Margin;

    /// <summary>
    /// The statements of a mark, each guarded by the lease: a worker that has lost it changes nothing. Their parameters
    /// are <c>ids</c> and <c>lease</c>; those of what arrived and failed have <c>statuses</c> and <c>answers</c> too,
    /// those of what failed <c>counted</c>, <c>slowed</c>, <c>errors</c>, <c>pauses</c> and <c>maxAttempts</c>.
    /// </summary>
    protected abstract (string Arrive, string Release, string Fail) Marks { get; }

    public async Task<IReadOnlyList<Delivery>> ClaimAsync(int limit, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.BeginAsync(ct);
        var claimed = await ClaimAsync(db, limit, ct);
        await db.CommitAsync(ct);
        return [.. claimed.OrderBy(delivery => delivery.DeliveryId)];
    }

    public async Task MarkAsync(IReadOnlyList<Attempt> attempts)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        foreach (var claimed in attempts.GroupBy(attempt => attempt.Delivery.Lease))
        {
            await MarkAsync(db, Marks.Arrive, claimed.Where(attempt => attempt.Result == AttemptResult.Arrived));
            await MarkAsync(db, Marks.Release, claimed.Where(attempt => attempt.Result == AttemptResult.NotTried));
            await MarkAsync(db, Marks.Fail, claimed.Where(attempt => attempt.Error is not null));
        }

        foreach (var attempt in attempts.Where(options.IsDead))
            log.LogError(
                "Gave up on telling {Receiver} of {EventId} of {Stream}: {Error}",
                receiverName, attempt.Delivery.EventId, attempt.Delivery.Stream, attempt.Error);
    }

    /// <summary>Leases due deliveries in the claim's transaction.</summary>
    protected abstract Task<IReadOnlyList<Delivery>> ClaimAsync(Db db, int limit, CancellationToken ct);

    private async Task MarkAsync(Db db, string mark, IEnumerable<Attempt> some)
    {
        var attempts = some.ToList();
        if (attempts.Count > 0)
            await db.ExecuteAsync(
                mark,
                new
                {
                    ids = attempts.ConvertAll(attempt => attempt.Delivery.DeliveryId).ToArray(),
                    attempts[0].Delivery.Lease,
                    statuses = attempts.ConvertAll(attempt => attempt.Status).ToArray(),
                    answers = attempts.ConvertAll(attempt => attempt.Answer).ToArray(),
                    counted = attempts.ConvertAll(attempt => Of(attempt.Result == AttemptResult.Refused)).ToArray(),
                    slowed = attempts.ConvertAll(attempt => Of(attempt.Result != AttemptResult.ProbeFailed)).ToArray(),
                    errors = attempts.ConvertAll(attempt => attempt.Error).ToArray(),
                    pauses = attempts.ConvertAll(options.Pauses.After).ToArray(),
                    options.MaxAttempts,
                },
                CancellationToken.None);
    }

    private static int Of(bool counts) => counts ? 1 : 0;
}
