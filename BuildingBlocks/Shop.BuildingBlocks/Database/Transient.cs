using System.Net.Sockets;
using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>Which database errors pass by themselves, and which of those a command may be run again after.</summary>
public static class Transient
{
    private const string IdleInTransactionSessionTimeout = "25P03";
    private const string InsufficientResources = "53";
    private const string InvalidAuthorization = "28";

    /// <summary>
    /// PostgreSQL chose this transaction as the loser (deadlock, serialization, lock timeout) and said so before the
    /// commit: nothing has happened, so running the command again is safe.
    /// </summary>
    public static bool MayRunAgain(Exception error) => error is PostgresException
    {
        SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure
            or PostgresErrorCodes.LockNotAvailable
    };

    /// <summary>
    /// The transaction has done nothing and can run again from its start. A session that PostgreSQL ended for idling in
    /// its transaction had not read a COMMIT.
    /// </summary>
    internal static bool IsUndone(Exception error) => MayRunAgain(error) || IsIdleTimeout(error);

    internal static bool IsLockTimeout(Exception error) =>
        error is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable };

    /// <summary>
    /// The transaction lost to another one, or its connection went away: nothing that the work did, so it counts as
    /// nobody's attempt.
    /// </summary>
    public static bool IsInfrastructureFailure(Exception error) => error switch
    {
        CommitUnknownException or NoConnectionException => true,
        PostgresException postgres => MayRunAgain(postgres) || IsLostConnection(postgres.SqlState),
        // Of the driver's own errors only those of network and timeout: a value that can't be converted never will be.
        NpgsqlException driver => driver.IsTransient,
        _ => false,
    };

    /// <summary>
    /// The database cannot serve now: unreachable, out of connections, shutting down, refusing us, or it cut a session
    /// or statement off at a time limit.
    /// </summary>
    public static bool IsUnavailable(Exception error) => error switch
    {
        CommitUnknownException or NoConnectionException => true,
        PostgresException postgres => MayRunAgain(postgres) || postgres.IsTransient || postgres.SqlState
            is PostgresErrorCodes.QueryCanceled
            or PostgresErrorCodes.InvalidCatalogName
            || IsLostConnection(postgres.SqlState)
            || postgres.SqlState.StartsWith(InsufficientResources, StringComparison.Ordinal)
            || postgres.SqlState.StartsWith(InvalidAuthorization, StringComparison.Ordinal),
        NpgsqlException => true,
        SocketException or TimeoutException => true,
        _ => false,
    };

    /// <summary>
    /// No request can be served now: the connection is lost, none is to be had, or a COMMIT has had no answer. Not an
    /// error of one statement, such as a lock timeout, a deadlock or a cancellation.
    /// </summary>
    public static bool IsOutage(Exception error) => error is CommitUnknownException
        || IsDisconnected(error)
        || (error is PostgresException { SqlState: var state }
            && (state is PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.InvalidCatalogName
                || state.StartsWith(InvalidAuthorization, StringComparison.Ordinal)));

    /// <summary>The error and its causes in one line, for a log.</summary>
    public static string Summary(Exception error) =>
        error.InnerException is { } inner ? $"{error.Message} ({inner.Message})" : error.Message;

    /// <summary>There is no session to work with: one that broke, or none to be had.</summary>
    internal static bool IsDisconnected(Exception error) =>
        error is PostgresException postgres
            ? IsLostConnection(postgres.SqlState)
            : error is NpgsqlException or NoConnectionException or SocketException or TimeoutException;

    // A read-only session belongs to a server that is no longer the primary: it serves no command, as a lost one.
    private static bool IsLostConnection(string sqlState) => sqlState
        is IdleInTransactionSessionTimeout
        or PostgresErrorCodes.ReadOnlySqlTransaction
        or PostgresErrorCodes.AdminShutdown
        or PostgresErrorCodes.CrashShutdown
        or PostgresErrorCodes.CannotConnectNow
        || sqlState.StartsWith("08", StringComparison.Ordinal);

    /// <summary>
    /// PostgreSQL's own word that a statement, the COMMIT perhaps, did not take place. The last word of a session that
    /// ends (FATAL) leaves that open, save where the session was idle.
    /// </summary>
    internal static bool IsRejection(PostgresException error) =>
        error.InvariantSeverity == "ERROR" || IsIdleTimeout(error);

    private static bool IsIdleTimeout(Exception error) =>
        error is PostgresException { SqlState: IdleInTransactionSessionTimeout };
}
