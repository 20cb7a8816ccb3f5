using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Background;

/// <summary>
/// Compares the host's clock with the database's, which decides wherever hosts must agree. A host that is far off does
/// not start; one that drifts while it runs warns and goes on.
/// </summary>
internal sealed class ClockSkew : Worker, IStartupStep
{
    private const string DatabaseTime = "select shop.now()";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Maximum = TimeSpan.FromSeconds(30);

    // Warnings of a clock that stays off.
    private static readonly TimeSpan WarningInterval = TimeSpan.FromHours(1);

    private readonly IServiceScopeFactory scopes;
    private long warnedAt;
    private double? seconds;

    public ClockSkew(IServiceScopeFactory scopes, IMeterFactory meters, TimeProvider time, ILogger<ClockSkew> log)
        : base(time, log)
    {
        this.scopes = scopes;
        meters.Create(Instrumentation.MeterName).CreateObservableGauge(
            "shop.clock.skew",
            () => seconds is { } read ? [new Measurement<double>(read)] : Array.Empty<Measurement<double>>(),
            "s",
            "The host's clock less the database's.");
    }

    protected override string Name => "clock-skew";

    /// <exception cref="ClockSkewException">The clock is over 30 s off.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        var (host, database) = await ReadAsync(ct);
        if ((host - database).Duration() > Maximum)
            throw new ClockSkewException(host, database);
    }

    /// <returns>0: the next reading is due after the interval.</returns>
    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await ReadAsync(ct);
        return 0;
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, Time, ct);

    private async Task<(DateTimeOffset Host, DateTimeOffset Database)> ReadAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.BeginAsync(ct);
        // The first statement of a session takes longer one way than the other.
        await db.QuerySingleAsync<DateTimeOffset>(DatabaseTime, null, ct);
        var started = Time.GetTimestamp();
        var before = Time.GetUtcNow();
        var database = await db.QuerySingleAsync<DateTimeOffset>(DatabaseTime, null, ct);
        // The database read its clock between the two: half of the round trip is the best guess. A clock that is set
        // meanwhile does not count, so the round trip is measured by the monotonic one.
        var host = before + Time.GetElapsedTime(started) / 2;
        Note(host - database);
        return (host, database);
    }

    private void Note(TimeSpan skew)
    {
        seconds = skew.TotalSeconds;
        var isNew = warnedAt == 0 || Time.GetElapsedTime(warnedAt) > WarningInterval;
        if (skew.Duration() <= Noticeable)
        {
            warnedAt = 0;
        }
        else if (isNew)
        {
            warnedAt = Time.GetTimestamp();
            Log.LogWarning(
                "This host's clock is {Skew} s off the database's. The database's decides; times in logs are the "
                + "host's",
                skew.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture));
        }
    }
}

/// <summary>The host's clock is too far off the database's for the host to start.</summary>
public sealed class ClockSkewException(DateTimeOffset host, DateTimeOffset database) : Exception(
    $"The clock of this host says {host:O}, the database's {database:O}: they may differ by 30 s at most. "
    + "Synchronize the clocks");
