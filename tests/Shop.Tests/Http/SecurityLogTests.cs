using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Http;
using Xunit;

namespace Shop.Tests.Http;

public sealed class SecurityLogTests
{
    private readonly StoppedTime time = new();

    [Fact]
    public void Lines_of_an_event_are_bounded_in_a_second_and_the_rest_is_counted()
    {
        using var meters = new Meters();
        using var lines = new Lines();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(lines));
        var log = new SecurityLog(meters, logging, time);
        for (var i = 0; i < 50; i++)
            log.Write(SecurityEvent.SignInFailed, $"192.0.2.{i}", "USER 7");
        log.Write(SecurityEvent.SessionTheft, from: null, subject: null);
        Assert.Equal("SIGN_IN_FAILED from 192.0.2.0, USER 7", lines.All[0]);
        Assert.Equal("SESSION_THEFT from unknown, unknown", lines.All[^1]);
        Assert.Equal(SecurityLog.LinesPerSecond + 1, lines.All.Count);

        time.Advance(TimeSpan.FromSeconds(1));
        log.Write(SecurityEvent.SignInFailed, "192.0.2.1", "USER 7");
        Assert.Equal("SIGN_IN_FAILED: 30 more in a second before", lines.All[^1]);
        Assert.Equal(SecurityLog.LinesPerSecond + 3, lines.All.Count);
    }

    private sealed class Meters : IMeterFactory
    {
        private readonly List<Meter> meters = [];

        public Meter Create(MeterOptions options)
        {
            meters.Add(new Meter(options));
            return meters[^1];
        }

        public void Dispose() => meters.ForEach(meter => meter.Dispose());
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public List<string> All { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => All.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }

    private sealed class StoppedTime : TimeProvider
    {
        private long timestamp = 1_000_000_000_000;

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => timestamp;

        public void Advance(TimeSpan by) => timestamp += by.Ticks * 100;
    }
}
