using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// How long work waits for a connection, a new one or the pool's next. Not long, because it is how one finds out that
/// the database does not answer at all; a mere crowd waits in front of the pool. The driver's own limit is longer, for
/// starting, when a busy machine may take its time.
/// </summary>
internal static class ConnectionTimeout
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    /// <exception cref="NoConnectionException">There was none in time.</exception>
    public static ValueTask<NpgsqlConnection> OpenInTimeAsync(this NpgsqlDataSource source, CancellationToken ct) =>
        source.OpenInTimeAsync(Limit, ct);

    /// <inheritdoc cref="OpenInTimeAsync(NpgsqlDataSource, CancellationToken)"/>
    public static async ValueTask<NpgsqlConnection> OpenInTimeAsync(
        this NpgsqlDataSource source, TimeSpan timeout, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(timeout);
        var opening = source.OpenConnectionAsync(limit.Token);
        if (opening.IsCompletedSuccessfully)
            return opening.Result;

        // Against a server that takes the connection and then says nothing, the driver does not look at the token: it
        // is left to its own limit.
        var late = opening.AsTask();
        try
        {
            return await late.WaitAsync(limit.Token);
        }
        catch (NpgsqlException error) when (error is not PostgresException)
        {
            // Unreachable, a full pool, or several hosts of which none is the primary, which the driver does not hold
            // to be transient.
            throw new NoConnectionException(error);
        }
        catch (OperationCanceledException error)
        {
            _ = late.ContinueWith(
                GiveBack, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            ct.ThrowIfCancellationRequested();
            throw new NoConnectionException(error);
        }
    }

    // Reading the exception marks it as observed: the caller has had an answer.
    private static void GiveBack(Task<NpgsqlConnection> late)
    {
        if (late.IsCompletedSuccessfully)
            late.Result.Dispose();
        else
            _ = late.Exception;
    }
}

/// <summary>The database did not answer, or all connections stayed busy. Nothing has happened.</summary>
public sealed class NoConnectionException(Exception inner)
    : Exception("No connection to the database could be had in time.", inner);
