using System.Collections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Shop.IntegrationTests.Testing;

/// <summary>The statements of a host while a test counts: the driver's own log, an entry for each round trip.</summary>
internal sealed class SentStatements : ILoggerProvider, ILogger
{
    public const string Category = "Npgsql.Command";

    private readonly Lock mutex = new();
    private Statements? counting;

    /// <summary>Counts for one piece of work at a time, in a host that does nothing besides.</summary>
    public async Task<Statements> CountAsync(Func<Task> work)
    {
        Count(new Statements(0, 0));
        try
        {
            await work();
            return counting!;
        }
        finally
        {
            Count(null);
        }
    }

    public ILogger CreateLogger(string categoryName) => categoryName == Category ? this : NullLogger.Instance;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => Volatile.Read(ref counting) is not null;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        var batch = ((IEnumerable<KeyValuePair<string, object?>>)state!).FirstOrDefault(
            member => member.Key == "BatchCommands").Value;
        lock (mutex)
            counting = counting is null
                ? null
                : new Statements(counting.RoundTrips + 1, counting.Commands + ((batch as ICollection)?.Count ?? 1));
    }

    public void Dispose()
    {
    }

    private void Count(Statements? from)
    {
        lock (mutex)
            counting = from;
    }
}

/// <param name="Commands">SQL statements: those sent in one round trip are counted one by one.</param>
internal sealed record Statements(int RoundTrips, int Commands);
