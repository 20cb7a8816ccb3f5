namespace Shop.EmbeddedPostgres;

/// <summary>
/// None of the allowed sources has a PostgreSQL that fits. The message names the three ways and what was tried for
/// each.
/// </summary>
public sealed class PostgresNotFoundException : PostgresStartException
{
    public PostgresNotFoundException()
    {
    }

    public PostgresNotFoundException(string message)
        : base(message)
    {
    }

    public PostgresNotFoundException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
