using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Shop.IntegrationTests.Testing;

/// <summary>
/// The real time, moved by as much as a test says: the host's, and with it the database's as the host sees it.
/// </summary>
internal sealed class TestClock : TimeProvider
{
    private long offset;
    private long skew;
    private NpgsqlDataSource? pool;

    /// <summary>Whether a test has put the host's clock off, there and back too.</summary>
    public bool IsOff { get; private set; }

    private TimeSpan Offset => TimeSpan.FromTicks(Interlocked.Read(ref offset));

    public override DateTimeOffset GetUtcNow() =>
        base.GetUtcNow() + Offset + TimeSpan.FromTicks(Interlocked.Read(ref skew));

    public override long GetTimestamp() =>
        base.GetTimestamp() + (long)(Offset.TotalSeconds * TimestampFrequency);

    /// <summary>Moves both clocks. Sessions that are open end, and those that follow have the time.</summary>
    public void Advance(TimeSpan by)
    {
        Interlocked.Add(ref offset, by.Ticks);
        pool?.Clear();
    }

    /// <summary>Moves the host's clock alone, so that it is off.</summary>
    public void PutOff(TimeSpan by)
    {
        IsOff = true;
        Interlocked.Add(ref skew, by.Ticks);
    }

    /// <summary>Gives the sessions of the services' pool the clock's time.</summary>
    public void MoveDatabaseOf(IServiceCollection services) => services.AddSingleton<Action<NpgsqlDataSourceBuilder>>(
        builder => builder.UsePhysicalConnectionInitializer(
            connection => _ = Offset == TimeSpan.Zero ? 0 : Set(connection).ExecuteNonQuery(),
            connection => Offset == TimeSpan.Zero ? Task.CompletedTask : Set(connection).ExecuteNonQueryAsync()));

    /// <param name="built">The pool that was built of those services.</param>
    public void Follow(NpgsqlDataSource built) => pool = built;

    private NpgsqlCommand Set(NpgsqlConnection connection)
    {
        var milliseconds = Offset.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
        return new NpgsqlCommand($"set shop.clock_offset = '{milliseconds} milliseconds'", connection);
    }
}
