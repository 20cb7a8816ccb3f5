using Shop.BuildingBlocks.Background;

namespace Shop.Identity.Access;

/// <summary>Keeps <see cref="AccessCache"/> young, so that no request waits for a read.</summary>
internal sealed class ReadAccess(AccessCache access, TimeProvider time, ILogger<ReadAccess> log) : Worker(time, log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override string Name => "identity.read-access";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await access.RefreshAsync(ct);
        return 0;
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, Time, ct);
}
