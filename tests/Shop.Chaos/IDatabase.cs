namespace Shop.Chaos;

/// <summary>The database of all hosts.</summary>
internal interface IDatabase : IAsyncDisposable
{
    /// <summary>Of the owner of its schemas.</summary>
    string MigrationsConnectionString { get; }

    Task<T> QueryAsync<T>(string sql, params (string Name, object Value)[] parameters);
}
