using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Shop.IntegrationTests.Testing;

/// <summary>
/// Records the transactions of a host that lost a deadlock or a lock timeout and ran again. No client sees them, and
/// the database's statistics tell them only seconds later.
/// </summary>
internal sealed class LostTransactions : ILoggerProvider, ILogger
{
    public const string Category = "Shop.BuildingBlocks.Commands.Transactions";

    private readonly ConcurrentQueue<string> messages = new();

    public int Count => messages.Count;

    public IReadOnlyCollection<string> Messages => messages;

    public void Clear() => messages.Clear();

    public ILogger CreateLogger(string categoryName) =>
        categoryName == Category ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        messages.Enqueue(formatter(state, exception));

    public void Dispose()
    {
    }
}
