using Shop.BuildingBlocks.Background;
using Shop.Identity.ApiKeys;

namespace Shop.Identity.Access;

/// <summary>
/// Keeps <see cref="AccessCache"/> young, so that no request waits for a read; writes when API keys were used.
/// </summary>
internal sealed class ReadAccess(
    AccessCache access, ApiKeyUses uses, TimeProvider time, ILogger<ReadAccess> log) : Worker(time, log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override string Name => "identity.read-access";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        try
        {
            await access.RefreshAsync(ct);
        }
        catch (ErrorException unavailable)
        {
            Log.LogWarning("{Worker}: {Detail}", Name, unavailable.Error.Detail);
            return 0;
        }

        await uses.WriteAsync(ct);
        return 0;
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, Time, ct);
}
