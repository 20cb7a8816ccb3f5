using System.Buffers.Binary;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Shop.AttackTests.Testing;

/// <summary>Receives the metrics of a host (OTLP over HTTP) and keeps the last of them.</summary>
internal sealed class MetricsCollector : IAsyncDisposable
{
    // Of a field of a number data point: as_double, field 4, 64 bits.
    private const byte DoubleTag = 4 << 3 | 1;
    private const int MaximumDistance = 200;

    private readonly WebApplication collector;
    private volatile byte[] last = [];

    private MetricsCollector(WebApplication collector) => this.collector = collector;

    /// <summary>The settings with which a host exports to the collector every second.</summary>
    public Dictionary<string, string> Settings => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.First(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
    };

    public static async Task<MetricsCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var started = new MetricsCollector(builder.Build());
        started.collector.Run(started.ReceiveAsync);
        await started.collector.StartAsync();
        return started;
    }

    /// <returns>The value of the gauge in the last export, or null where it is not in it.</returns>
    public double? Find(string gauge)
    {
        var export = last.AsSpan();
        var name = export.IndexOf(Encoding.ASCII.GetBytes(gauge));
        if (name < 0)
            return null;
        var rest = export[(name + gauge.Length)..];
        // Behind the name stand its description and unit, and then its one data point with two times before the value.
        for (var at = 0; at < Math.Min(rest.Length - 9, MaximumDistance); at++)
        {
            if (rest[at] == DoubleTag && BinaryPrimitives.ReadDoubleLittleEndian(rest[(at + 1)..]) is var value
                && Math.Abs(value) is > 0.001 and < 1_000_000)
            {
                return value;
            }
        }

        return null;
    }

    public ValueTask DisposeAsync() => collector.DisposeAsync();

    private async Task ReceiveAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        if (http.Request.Path == "/v1/metrics")
            last = body.ToArray();
    }
}
