using Microsoft.Extensions.Logging;

namespace Shop.Ranking.Lists;

/// <summary>
/// Computes the lists before the host serves: the first request finds lists, and none from before a pause. The worker
/// goes on from there.
/// </summary>
internal sealed class ListsAtStart(Db db, IMediator mediator, ILogger<ListsAtStart> log) : IStartupStep
{
    private const string AreStored = "select exists (select 1 from ranking.lists)";

    public async Task RunAsync(CancellationToken ct)
    {
        var stored = await db.QuerySingleAsync<bool>(AreStored, null, ct);
        try
        {
            await mediator.Send(new RecomputeLists(), ct);
        }
        catch (Exception error) when (stored && error is not OperationCanceledException)
        {
            // A shop with an old ranking can sell; one that does not start can't. The worker tries again.
            log.LogError(
                error, "The lists of popular products could not be computed at the start; the stored ones are served");
        }
    }
}
