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
    private readonly List<Ahead> ahead = [];
    private double? lag;
    private int wellInARow;
    private bool wasServing;

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
        try
        {
            await ReadPrimaryAsync(ct);
            var behind = LagOf(await replica.LookAsync(ct));
            lag = behind.TotalSeconds;
            Note(behind <= maximumLag, $"is {Math.Round(behind.TotalSeconds)} s behind");
        }
        catch (Exception error) when (
            !ct.IsCancellationRequested && (error is OperationCanceledException || Transient.IsUnavailable(error)))
        {
            lag = null;
            Note(isWell: false, $"does not answer ({Transient.Summary(error)})");
        }

        return 0;
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, Time, ct);

    // Looks take turns among the replicas of the connection string: one that is late closes the way of all.
    private void Note(bool isWell, string trouble)
    {
        wellInARow = isWell ? wellInARow + 1 : 0;
        var isServing = wellInARow >= replica.Servers;
        replica.Note(isServing);
        if (wasServing && !isServing)
            Log.LogWarning("The replica {Trouble}: the primary answers", trouble);
        else if (!wasServing && isServing)
            Log.LogInformation("The replica answers");
        wasServing = isServing;
    }

    // Without a primary the positions that are known still tell how old the replica's answers are.
    private async Task ReadPrimaryAsync(CancellationToken ct)
    {
        try
        {
            await using var command = primary.CreateCommand(LogPosition.Flushed);
            await using var reader = await command.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            if (ahead.Count == MaximumPositions)
                ahead.RemoveAt(MaximumPositions - 1);
            ahead.Add(new Ahead(Time.GetTimestamp(), LogPosition.Read(reader)));
        }
        catch (Exception error) when (!ct.IsCancellationRequested && Transient.IsUnavailable(error))
        {
            Log.LogDebug("The primary's position is not known: {Error}", Transient.Summary(error));
        }
    }

    // A position goes once as many looks in a row as there are replicas have found it replayed.
    private TimeSpan LagOf(LogPosition replayed)
    {
        foreach (var position in ahead)
            position.ReplayedInARow = position.Position.IsReachedBy(replayed) ? position.ReplayedInARow + 1 : 0;
        ahead.RemoveAll(position => position.ReplayedInARow >= replica.Servers);
        return ahead.Find(position => position.ReplayedInARow == 0) is { } missing
            ? Time.GetElapsedTime(missing.ReachedAt)
            : TimeSpan.Zero;
    }

    /// <summary>A position that the primary had reached at a time.</summary>
    private sealed record Ahead(long ReachedAt, LogPosition Position)
    {
        public int ReplayedInARow { get; set; }
    }
}
