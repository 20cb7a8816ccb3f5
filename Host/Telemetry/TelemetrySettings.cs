using System.Globalization;

namespace Shop.Host.Telemetry;

/// <summary>The standard's settings of OpenTelemetry that would end or mislead the export.</summary>
internal static class TelemetrySettings
{
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string Share = "OTEL_TRACES_SAMPLER_ARG";
    private const string Headers = "OTEL_EXPORTER_OTLP_HEADERS";

    /// <returns>The share of requests that are traced, 0 to 1.</returns>
    public static double ShareOf(IConfiguration configuration) =>
        configuration[Share] is { Length: > 0 } share ? double.Parse(share, CultureInfo.InvariantCulture) : 1;

    /// <returns>Each names its setting; an endpoint and headers may hold secrets and are not told.</returns>
    public static IEnumerable<string> Faults(IConfiguration configuration)
    {
        if (!Uri.TryCreate(configuration[Endpoint], UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https"))
            yield return $"{Endpoint}: must be an http or https address such as http://collector:4317";
        if (configuration[Share] is { Length: > 0 } share && !IsShare(share))
            yield return $"{Share}: must be a share of requests, 0 to 1 (is {share})";
        if (configuration[Headers] is { Length: > 0 } headers && !headers.Split(',').All(IsHeader))
            yield return $"{Headers}: must be name=value, separated by commas";
    }

    private static bool IsShare(string text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1;

    private static bool IsHeader(string text) => text.IndexOf('=', StringComparison.Ordinal) > 0;
}
