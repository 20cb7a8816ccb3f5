using System.Diagnostics;
using System.Diagnostics.Metrics;
using FluentValidation;

namespace Shop.BuildingBlocks;

/// <summary>
/// A span and a measurement for each command and query: ok, the code of an error, or "error".
/// </summary>
internal static class RequestTelemetry
{
    private static readonly Histogram<double> Duration = new Meter(Instrumentation.MeterName).CreateHistogram<double>(
        "shop.request.duration", "s", "A command or query, with all that it waited for.");

    /// <param name="failureOf">The code of a failure that is a value, or null.</param>
    public static async Task<T> RunAsync<TRequest, T>(Func<Task<T>> run, Func<T, string?>? failureOf = null)
    {
        using var span = Instrumentation.Source.StartActivity(typeof(TRequest).Name);
        var started = Duration.Enabled ? Stopwatch.GetTimestamp() : 0;
        var outcome = "error";
        try
        {
            var result = await run();
            outcome = failureOf?.Invoke(result) ?? "ok";
            if (outcome != "ok")
                span?.SetTag("shop.outcome", outcome);
            return result;
        }
        catch (Exception error) when (error is ErrorException or ValidationException)
        {
            outcome = error is ErrorException failed ? failed.Error.Code : CommandErrors.Validation.Code;
            span?.SetTag("shop.outcome", outcome);
            throw;
        }
        catch (Exception error)
        {
            span?.SetStatus(ActivityStatusCode.Error, error.Message);
            throw;
        }
        finally
        {
            if (started != 0)
                Record(typeof(TRequest).Name, outcome, Stopwatch.GetElapsedTime(started));
        }
    }

    private static void Record(string request, string outcome, TimeSpan duration) => Duration.Record(
        duration.TotalSeconds,
        new KeyValuePair<string, object?>("shop.request", request),
        new KeyValuePair<string, object?>("shop.outcome", outcome));
}
