using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Database.Replicas;

namespace Shop.BuildingBlocks.Background;

/// <summary>
/// Looks each second how far the replica is behind the primary, and whether it answers. Positions that the primary has
/// reached tell the lag: a replica that has lost its primary shows none of its own.
/// </summary>
internal sealed class ReplicaWatch : Worker
{
    private const int MaximumPositions = 64;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource primary;
    private readonly Replica replica;
    private readonly TimeSpan maximumLag;
    private readonly LinkedList<(long ReachedAt, LogPosition Position)> ahead = [];
    private double? lag;

    public ReplicaWatch(
        [FromKeyedServices(SideConnections.Key)] NpgsqlDataSource primary,
        Replica replica,
        IOptions<ReplicaOptions> options,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<ReplicaWatch> log)
        : base(time, log)
    {
        (this.primary, this.replica, maximumLag) = (primary, replica, options.Value.MaximumLag);
        var meter = meters.Create(Instrumentation.MeterName);
        meter.CreateObservableGauge(
            "shop.replica.lag",
            () => lag is { } read ? [new Measurement<double>(read)] : Array.Empty<Measurement<double>>(),
            "s",
            "Age of the oldest known position of the primary that the replica has not replayed.");
        meter.CreateObservableGauge(
            "shop.replica.serving", () => replica.IsServing ? 1 : 0, "{replica}", "1 while queries go to the replica.");
    }

    protected override string Name => "replica";

    /// <returns>0: the next look is due after the interval.</returns>
    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var wasServing = replica.IsServing;
        try
        {
            await ReadPrimaryAsync(ct);
            var behind = LagOf(await replica.LookAsync(ct));
            lag = behind.TotalSeconds;
            replica.Note(isWell: behind <= maximumLag);
            if (wasServing && behind > maximumLag)
                Log.LogWarning("The replica is {Lag} s behind: the primary answers", Math.Round(behind.TotalSeconds));
        }
        catch (Exception error) when (
            !ct.IsCancellationRequested && (error is OperationCanceledException || Transient.IsUnavailable(error)))
        {
            lag = null;
            replica.Note(isWell: false);
            if (wasServing)
                Log.LogWarning("The replica does not answer ({Error}): the primary does", Transient.Summary(error));
        }

        return 0;
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, Time, ct);

    // Without a primary the positions that are known still tell how old the replica's answers are.
    private async Task ReadPrimaryAsync(CancellationToken ct)
    {
        try
        {
            await using var command = primary.CreateCommand(LogPosition.Written);
            await using var reader = await command.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            if (ahead.Count == MaximumPositions)
                ahead.RemoveLast();
            ahead.AddLast((Time.GetTimestamp(), LogPosition.Read(reader)));
        }
        catch (Exception error) when (!ct.IsCancellationRequested && Transient.IsUnavailable(error))
        {
            Log.LogDebug("The primary's position is not known: {Error}", Transient.Summary(error));
        }
    }

    private TimeSpan LagOf(LogPosition replayed)
    {
        while (ahead.First is { } oldest && oldest.Value.Position.IsReachedBy(replayed))
            ahead.RemoveFirst();
        return ahead.First is { } missing ? Time.GetElapsedTime(missing.Value.ReachedAt) : TimeSpan.Zero;
    }
}
