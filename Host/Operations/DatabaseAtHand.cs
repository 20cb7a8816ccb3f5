namespace Shop.Host.Operations;

/// <summary>The PostgreSQL that the shop runs on: the configured one, or in Development a private one that it brings along.</summary>
internal sealed class DatabaseAtHand(string connectionString, string description, IAsyncDisposable? own) : IAsyncDisposable
{
    public string ConnectionString => connectionString;

    /// <summary>For the log: where it is, without its password.</summary>
    public string Description => description;

    public ValueTask DisposeAsync() => own?.DisposeAsync() ?? ValueTask.CompletedTask;

    public static Task<DatabaseAtHand> FindAsync(IConfiguration configuration, IHostEnvironment environment)
    {
        _ = environment;
        var configured = configuration.GetConnectionString("Shop");
        return Task.FromResult(new DatabaseAtHand(configured ?? throw new InvalidOperationException("ConnectionStrings:Shop is not set."), "configured", null));
    }
}
