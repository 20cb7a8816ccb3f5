using System.IO.Pipelines;
using Shop.BuildingBlocks.Http;

namespace Shop.Host.Protection.Bodies;

/// <summary>A request body that has not arrived with its headers.</summary>
/// <param name="begun">The read of it that is under way.</param>
internal sealed class BodyArrival(PipeReader body, Task<ReadResult> begun, long limit)
{
    private readonly long started = Environment.TickCount64;
    private Task<ReadResult> reading = begun;

    /// <param name="deadline">Counted from the headers.</param>
    /// <returns><see cref="BodyState.Unfinished"/> at the deadline. The body may be waited for again.</returns>
    public async Task<BodyState> WaitAsync(TimeSpan deadline)
    {
        while (true)
        {
            var remaining = deadline - TimeSpan.FromMilliseconds(Environment.TickCount64 - started);
            if (!reading.IsCompleted && remaining > TimeSpan.Zero)
                await ((Task)reading).WaitAsync(remaining).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            else if (!reading.IsCompleted)
                return BodyState.Unfinished;
            else if (body.Examine(await reading, limit) is var state and not BodyState.Unfinished)
                return state;
            else
                reading = body.ReadAsync(CancellationToken.None).AsTask();
        }
    }

    /// <summary>Ends the read that is under way, so that the server can close the connection.</summary>
    public async Task AbandonAsync()
    {
        body.CancelPendingRead();
        body.Examine(await reading, limit);
    }
}
