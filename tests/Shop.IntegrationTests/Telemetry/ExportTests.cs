using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Host.Telemetry;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.TelemetryTests;

/// <summary>The program as it is run, with a collector that it can reach: a real HTTP server.</summary>
public sealed class ExportTests
{
    [Fact]
    public async Task Spans_and_metrics_reach_the_collector()
    {
        var received = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        using var posted = new SemaphoreSlim(0);
        await using var collector = await CollectAsync(received, posted);
        using var program = Start(await TestDatabases.CreateAsync(), collector.Urls.First());
        try
        {
            var address = await AddressAsync(program);
            using var http = new HttpClient { BaseAddress = address };
            (await http.GetAsync(new Uri("/api/v1/products", UriKind.Relative))).EnsureSuccessStatusCode();
            // The request's span ends after its answer, and a batch of spans is sent every five seconds.
            while (!received.GetValueOrDefault("/v1/traces", "")
                .Contains("GET /api/v1/products", StringComparison.Ordinal))
                Assert.True(await posted.WaitAsync(TimeSpan.FromSeconds(30)), "The request's span did not arrive.");
        }
        finally
        {
            using var stop = Process.Start("kill", ["-TERM", $"{program.Id}"]);
            await program.WaitForExitAsync();
        }

        Assert.Equal(0, program.ExitCode);
        foreach (var name in (string[])["ListProducts", "Npgsql", "shop", "GET /api/v1/products"])
            Assert.Contains(name, received.GetValueOrDefault("/v1/traces", ""), StringComparison.Ordinal);
        foreach (var name in (string[])
        [
            "shop.request.duration", "shop.worker.duration", "http.server.request.duration", "db.client",
        ])
            Assert.Contains(name, received.GetValueOrDefault("/v1/metrics", ""), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_listens_where_nobody_asked()
    {
        var services = new ServiceCollection();
        services.AddTelemetryExport(new ConfigurationBuilder().Build());
        Assert.Empty(services);
    }

    private static async Task<WebApplication> CollectAsync(
        ConcurrentDictionary<string, string> received, SemaphoreSlim posted)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = builder.Build();
        collector.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            // Protocol buffers hold their texts as they are.
            var text = Encoding.Latin1.GetString(body.ToArray());
            received.AddOrUpdate(http.Request.Path, text, (_, before) => before + text);
            posted.Release();
        });
        await collector.StartAsync();
        return collector;
    }

    private static Process Start(string database, string collector)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            ["exec", typeof(TelemetryExport).Assembly.Location, $"--ConnectionStrings:Shop={database}",
                "--Urls=http://127.0.0.1:0", "--environment=Development",
                "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Information",
                $"--DataPlatform:Directory={Path.GetTempPath()}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector;
        start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        return Process.Start(start)!;
    }

    private static async Task<Uri> AddressAsync(Process program)
    {
        const string Listening = "Now listening on: ";
        while (await program.StandardOutput.ReadLineAsync() is { } line)
        {
            var at = line.IndexOf(Listening, StringComparison.Ordinal);
            if (at >= 0)
                return new Uri(line[(at + Listening.Length)..].Trim());
        }

        throw new InvalidOperationException("The program has ended.");
    }
}
