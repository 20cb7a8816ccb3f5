using Microsoft.Extensions.Options;

namespace Shop.BuildingBlocks.Admission;

/// <summary>
/// Lets as many groups of commands take their locks at a time as there are lanes, of all kinds together: fewer at a time are larger, and cost less for each
/// command. It sets a pace and guards nothing: a group that has waited long enough, because another is held up, goes on without.
/// </summary>
internal sealed class Gate(IOptions<AdmissionOptions> options) : IDisposable
{
    // A group takes a few milliseconds of the machine's own time.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim free = new(options.Value.Lanes);

    /// <returns>To be disposed when the group has its locks.</returns>
    public async Task<IDisposable?> PassAsync() => await free.WaitAsync(Patience) ? new Pass(free) : null;

    public void Dispose() => free.Dispose();

    private sealed class Pass(SemaphoreSlim free) : IDisposable
    {
        private int returned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref returned, 1) == 0)
                free.Release();
        }
    }
}
