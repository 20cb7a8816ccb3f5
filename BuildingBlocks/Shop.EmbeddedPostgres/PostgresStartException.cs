namespace Shop.EmbeddedPostgres;

/// <summary>
/// The private cluster could not be started or joined. The message says why; where the server itself gave up, it ends
/// with the tail of its log.
/// </summary>
public class PostgresStartException : Exception
{
    public PostgresStartException()
    {
    }

    public PostgresStartException(string message)
        : base(message)
    {
    }

    public PostgresStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
