using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Shop.BuildingBlocks.Http;

/// <summary>An event that may be part of an attack.</summary>
public enum SecurityEvent
{
    SignInFailed,
    LockedOut,
    PermissionRefused,

    /// <summary>The reuse of a refresh token after its time: another client may have it.</summary>
    SessionTheft,

    /// <summary>An API key that is unknown, revoked or expired.</summary>
    ApiKeyRefused,
}

/// <summary>
/// The security log, with one category and one counter. Any client can cause its events, so the log writes a
/// bounded number of lines a second of each; the counter has all.
/// </summary>
public sealed class SecurityLog
{
    public const string Category = "Shop.Security";

    public const string InstrumentName = "shop.security.events";

    public const string EventTag = "event";

    internal const int LinesPerSecond = 20;

    private readonly Counter<long> events;
    private readonly ILogger log;
    private readonly TimeProvider time;
    private readonly Lock access = new();
    private readonly (long Second, int Lines, int Dropped)[] written =
        new (long, int, int)[Enum.GetValues<SecurityEvent>().Length];

    public SecurityLog(IMeterFactory meters, ILoggerFactory logging, TimeProvider time)
    {
        events = meters.Create(Instrumentation.MeterName).CreateCounter<long>(
            InstrumentName,
            "{event}",
            "Sign-ins, permissions and keys that were refused, and sessions that were stolen.");
        (log, this.time) = (logging.CreateLogger(Category), time);
    }

    /// <param name="from">The client's network or address.</param>
    /// <param name="subject">The user or API key that it is about; null where that is not known.</param>
    public void Write(SecurityEvent what, string? from, string? subject)
    {
        var name = EnumNames.Of(what);
        events.Add(1, new KeyValuePair<string, object?>(EventTag, name));
        if (!MayWrite(what, out var dropped))
            return;
        log.LogWarning("{Event} from {Network}, {Subject}", name, from ?? "unknown", subject ?? "unknown");
        if (dropped > 0)
            log.LogWarning("{Event}: {Dropped} more in a second before", name, dropped);
    }

    private bool MayWrite(SecurityEvent what, out int dropped)
    {
        var second = time.GetTimestamp() / time.TimestampFrequency;
        dropped = 0;
        lock (access)
        {
            ref var last = ref written[(int)what];
            if (last.Second != second)
            {
                dropped = last.Dropped;
                last = (second, 0, 0);
            }

            if (last.Lines == LinesPerSecond)
            {
                last.Dropped++;
                return false;
            }

            last.Lines++;
            return true;
        }
    }
}
