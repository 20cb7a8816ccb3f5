using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Shop.IntegrationTests.Testing;

/// <summary>
/// The log of a host under test: as text, with its values, its scopes and its exception.
/// </summary>
internal sealed class CapturedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<CapturedEntry> entries = new();

    public IReadOnlyList<CapturedEntry> Entries => [.. entries];

    public void AddTo(IServiceCollection services) => AddTo(services, LogLevel.Trace);

    public void AddTo(IServiceCollection services, LogLevel level)
    {
        services.AddSingleton<ILoggerProvider>(this);
        services.Configure<LoggerFilterOptions>(
            filter => filter.Rules.Add(new LoggerFilterRule(typeof(CapturedLog).FullName, null, level, null)));
    }

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, entries);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<CapturedEntry> entries) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            entries.Enqueue(new CapturedEntry(category, LogLevel.None, TextOf(state), null));
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            entries.Enqueue(
                new CapturedEntry(category, logLevel, $"{formatter(state, exception)} {TextOf(state)}", exception));

        private static string TextOf<TState>(TState state) => state is IEnumerable<KeyValuePair<string, object?>> values
            ? string.Join(' ', values.Select(value => $"{value.Key}={value.Value}"))
            : $"{state}";
    }
}

internal sealed record CapturedEntry(string Category, LogLevel Level, string Text, Exception? Error);
