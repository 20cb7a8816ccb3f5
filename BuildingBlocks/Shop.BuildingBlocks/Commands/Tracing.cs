using System.Diagnostics;
using System.Diagnostics.Metrics;
using FluentValidation;
using MediatR;

namespace Shop.BuildingBlocks.Commands;

/// <summary>A span and a measurement for each command and query; a refusal is an outcome of it, any other exception an error.</summary>
internal sealed class Tracing<TRequest, TResult> : IPipelineBehavior<TRequest, TResult> where TRequest : IRequest<TResult>
{
    public async Task<TResult> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResult> next)
    {
        using var span = Telemetry.Source.StartActivity(typeof(TRequest).Name);
        var started = RequestMetrics.Duration.Enabled ? Stopwatch.GetTimestamp() : 0;
        var outcome = "error";
        try
        {
            var result = await next();
            outcome = "ok";
            return result;
        }
        catch (Refused refused)
        {
            outcome = refused.Code;
            span?.SetTag("shop.outcome", outcome);
            throw;
        }
        catch (ValidationException)
        {
            outcome = "validation";
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
            // Nobody listens: nothing is worked out.
            if (started != 0)
                RequestMetrics.Record(typeof(TRequest).Name, outcome, Stopwatch.GetElapsedTime(started));
        }
    }
}

/// <summary>Commands and queries by name and outcome: ok, a refusal's code, or error.</summary>
internal static class RequestMetrics
{
    private static readonly Meter Meter = new(Telemetry.MeterName);

    public static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("shop.request.duration", "s", "A command or query, with all that it waited for.");

    public static void Record(string request, string outcome, TimeSpan duration) => Duration.Record(
        duration.TotalSeconds, new KeyValuePair<string, object?>("shop.request", request), new KeyValuePair<string, object?>("shop.outcome", outcome));
}
