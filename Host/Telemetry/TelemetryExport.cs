using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Settings;

namespace Shop.Host.Telemetry;

/// <summary>
/// Traces and metrics over OTLP, where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector. Without it nothing
/// listens, and spans are not even made. The exporter's other settings are the standard's own:
/// <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>, <c>OTEL_EXPORTER_OTLP_HEADERS</c>, <c>OTEL_SERVICE_NAME</c>, …
/// </summary>
internal sealed class TelemetryExport(IConfiguration configuration) : IHostedService, IDisposable
{
    // Requests, statements, and what the shop itself does.
    private static readonly string[] Sources = ["Microsoft.AspNetCore", "Npgsql", Instrumentation.Source.Name];

    private static readonly string[] Meters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql", "System.Runtime",
        Instrumentation.MeterName,
    ];

    private TracerProvider? traces;
    private MeterProvider? metrics;

    public static bool IsAsked(IConfiguration configuration) =>
        !string.IsNullOrEmpty(configuration[TelemetrySettings.Endpoint]);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var share = new TraceIdRatioBasedSampler(TelemetrySettings.ShareOf(configuration));
        traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(Name)
            .AddSource(Sources)
            .SetSampler(new RequestsAlone(new ParentBasedSampler(share)))
            .AddOtlpExporter()
            .Build();
        metrics = Sdk.CreateMeterProviderBuilder().ConfigureResource(Name).AddMeter(Meters).AddOtlpExporter().Build();
        return Task.CompletedTask;
    }

    // The last export has a timeout: a collector that is gone must not hold up the stop.
    public Task StopAsync(CancellationToken cancellationToken)
    {
        const int Timeout = 3_000;
        traces?.Shutdown(Timeout);
        metrics?.Shutdown(Timeout);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        traces?.Dispose();
        metrics?.Dispose();
    }

    private static void Name(ResourceBuilder resource) => resource.AddService("shop").AddEnvironmentVariableDetector();

    /// <summary>
    /// Workers ask the database twice a second whether there is something to do: a statement that belongs to no
    /// request, command or handler is no trace.
    /// </summary>
    private sealed class RequestsAlone(Sampler inner) : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
            samplingParameters.ParentContext == default && samplingParameters.Kind == ActivityKind.Client
                ? new SamplingResult(SamplingDecision.Drop)
                : inner.ShouldSample(samplingParameters);
    }
}

internal static class TelemetryServices
{
    public static void AddTelemetryExport(this IServiceCollection services, IConfiguration configuration)
    {
        if (!TelemetryExport.IsAsked(configuration))
            return;
        // ASP.NET Core tags its request spans by the convention only when told so.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        services.AddSingleton(new StartCheck("OpenTelemetry", TelemetrySettings.Faults));
        services.AddHostedService<TelemetryExport>();
    }

    /// <summary>Names a request's span by its route, and tells its status. Nothing where nobody asked.</summary>
    public static void UseRequestSpans(this WebApplication app)
    {
        if (TelemetryExport.IsAsked(app.Configuration))
            app.Use(NameSpanAsync);
    }

    private static async Task NameSpanAsync(HttpContext http, RequestDelegate next)
    {
        // An exception that becomes an answer leaves no endpoint behind.
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText?.Trim('/');
        await next(http);
        if (http.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } span)
            return;
        span.DisplayName = route is null ? http.Request.Method : $"{http.Request.Method} /{route}";
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", http.Response.StatusCode);
        if (http.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            span.SetStatus(ActivityStatusCode.Error);
    }
}
