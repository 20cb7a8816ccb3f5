using Npgsql;

namespace Shop.EmbeddedPostgres;

internal static class ServerConnection
{
    public const string User = "shop";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static string ConnectionString(int port, string password, string database) =>
        Builder(port, password, database).ConnectionString;

    /// <summary>
    /// Waits while the server starts, recovers or stops. False if it is gone. That it takes our password, which nobody
    /// else has, proves it ours.
    /// </summary>
    public static async Task<bool> WaitUntilReadyAsync(
        IServer server, int port, string password, TimeSpan timeout, CancellationToken ct)
    {
        var deadline = DateTime.UtcNow + timeout;
        while (true)
        {
            try
            {
                await using var connection = await OpenAsync(port, password, "postgres", ct);
                return true;
            }
            catch (PostgresException refused)
                when (refused.SqlState is PostgresErrorCodes.InvalidPassword
                    or PostgresErrorCodes.InvalidAuthorizationSpecification)
            {
                throw new PostgresStartException(
                    $"The server on port {port} refuses the password kept beside its cluster: {refused.MessageText}",
                    refused);
            }
            catch (NpgsqlException notYet)
                when (notYet is not PostgresException { SqlState: not PostgresErrorCodes.CannotConnectNow })
            {
                if (await server.RunningPortAsync(ct) != port)
                    return false;
                if (DateTime.UtcNow > deadline)
                    throw new PostgresStartException(
                        $"{server.Source} was not ready after {timeout.TotalSeconds:0} "
                        + $"seconds.\n{await server.LogTailAsync(ct)}",
                        notYet);
            }

            await Task.Delay(Pause, ct);
        }
    }

    /// <summary>The caller holds the start lock, so nobody else makes the same database.</summary>
    public static async Task EnsureDatabaseAsync(int port, string password, string database, CancellationToken ct)
    {
        await using var connection = await OpenAsync(port, password, "postgres", ct);
        await using var exists = new NpgsqlCommand(
            "select exists (select from pg_database where datname = $1)", connection);
        exists.Parameters.AddWithValue(database);
        if (await exists.ExecuteScalarAsync(ct) is true)
            return;
        await using var create = new NpgsqlCommand(
            $"create database \"{database.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection);
        await create.ExecuteNonQueryAsync(ct);
    }

    private static async Task<NpgsqlConnection> OpenAsync(
        int port, string password, string database, CancellationToken ct)
    {
        var builder = Builder(port, password, database);
        builder.Pooling = false;
        builder.Timeout = 5;
        var connection = new NpgsqlConnection(builder.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // On loopback and without certificates, asking for TLS or GSS costs a round trip and gains nothing.
    private static NpgsqlConnectionStringBuilder Builder(int port, string password, string database) => new()
    {
        Host = "127.0.0.1",
        Port = port,
        Username = User,
        Password = password,
        Database = database,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    };
}
