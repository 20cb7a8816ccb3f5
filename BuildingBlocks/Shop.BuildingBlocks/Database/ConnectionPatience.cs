using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// How long work waits for a connection, a new one or the pool's next. Not long, because it is how one finds out that the database does not answer at
/// all; a mere crowd waits in front of the pool. The driver's own limit has whole seconds, and is for starting, when a busy machine may take its time.
/// </summary>
internal static class ConnectionPatience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    /// <exception cref="NoConnectionException">There was none in time.</exception>
    public static async ValueTask<NpgsqlConnection> OpenInTimeAsync(this NpgsqlDataSource source, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        try
        {
            return await source.OpenConnectionAsync(limit.Token);
        }
        catch (OperationCanceledException late) when (!ct.IsCancellationRequested)
        {
            throw new NoConnectionException(late);
        }
    }
}

/// <summary>The database did not answer, or all connections stayed busy. Nothing has happened.</summary>
public sealed class NoConnectionException(Exception inner) : Exception("No connection to the database could be had in time.", inner);
