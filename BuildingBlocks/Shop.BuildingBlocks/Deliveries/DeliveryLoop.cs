using Microsoft.Extensions.Logging;

namespace Shop.BuildingBlocks.Deliveries;

/// <summary>
/// Takes deliveries to a receiver: claims some by lease in one short transaction, calls out without any, marks them in
/// another. A crash in between lets the lease run out and another loop repeats them, so each arrives at least once.
/// </summary>
/// <param name="receiverName">In logs.</param>
public sealed class DeliveryLoop(
    IDeliveries queue, IReceiver receiver, string receiverName, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Goes on until nothing is due and nothing under way. A call that comes back makes room for another at once: one
    /// that is slow holds up its own stream alone.
    /// </summary>
    /// <returns>How many have arrived.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var arrived = 0;
        var calls = new List<Task<IReadOnlyList<Attempt>>>();
        try
        {
            while (true)
            {
                var moreIsDue = await StartCallsAsync(calls, ct);
                if (calls.Count == 0)
                    return arrived;
                await Task.WhenAny(Task.WhenAny(calls), Task.Delay(Poll, time, CancellationToken.None));
                arrived += await MarkAsync(calls);
                // No request waits for these: deliveries of this time are claimed together.
                if (calls.Count == 0 && !moreIsDue)
                    await Task.Delay(Rest, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            // Where the database failed, what is still under way is left to its leases.
            await Task.WhenAll(calls);
        }
    }

    /// <returns>Whether as much was due as there was room for: then there may be more.</returns>
    private async Task<bool> StartCallsAsync(List<Task<IReadOnlyList<Attempt>>> calls, CancellationToken ct)
    {
        var room = ct.IsCancellationRequested ? 0 : receiver.CallsFree(calls.Count) * receiver.BatchSize;
        if (room <= 0)
            return false;
        IReadOnlyList<Delivery> claimed;
        try
        {
            claimed = await queue.ClaimAsync(room, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The host stops. Calls under way are still marked.
            return false;
        }

        // A host that stops waits for what has left it, for the time of one call at most: cut off, it would arrive
        // twice.
        calls.AddRange(
            claimed.Chunk(receiver.BatchSize).Select(batch => receiver.SendAsync(batch, CancellationToken.None)));
        return claimed.Count == room;
    }

    private async Task<int> MarkAsync(List<Task<IReadOnlyList<Attempt>>> calls)
    {
        var ended = calls.Where(call => call.IsCompleted).ToList();
        calls.RemoveAll(ended.Contains);
        var attempts = (await Task.WhenAll(ended)).SelectMany(batch => batch).ToList();
        if (attempts.Where(attempt => attempt.Error is not null).ToList() is [var first, ..] failed)
            log.LogWarning(
                "{Count} deliveries to {Receiver} failed: {Error}", failed.Count, receiverName, first.Error);
        await queue.MarkAsync(attempts);
        return attempts.Count(attempt => attempt.Result == AttemptResult.Arrived);
    }
}
