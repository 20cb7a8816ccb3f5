using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Shop.Bench.Machine;

/// <summary>
/// What reads are held against: a Kestrel like the host's, in a process of its own, that answers <c>/{bytes}</c> with a constant JSON of so many bytes. No
/// authentication, no JSON to write, no database: as fast as an answer can be here.
/// </summary>
internal sealed class ConstantServer : IAsyncDisposable
{
    public const string Verb = "constant";

    private readonly Process process;

    private ConstantServer(Process process, int port)
    {
        this.process = process;
        Port = port;
    }

    public int Port { get; }

    public static async Task<ConstantServer> StartAsync()
    {
        var port = FreePort.Pick();
        var start = new ProcessStartInfo("dotnet", [typeof(ConstantServer).Assembly.Location, Verb, port.ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var server = new ConstantServer(Process.Start(start)!, port);
        return await server.process.StandardOutput.ReadLineAsync() is null ? throw new InvalidOperationException("The constant server did not start.") : server;
    }

    /// <summary>The server's process: serves until its input ends.</summary>
    public static async Task<int> RunAsync(string port)
    {
        var answers = new ConcurrentDictionary<int, byte[]>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false).UseUrls($"http://127.0.0.1:{port}");
        await using var app = builder.Build();
        app.MapGet("/{bytes:int}", (int bytes) => TypedResults.Bytes(answers.GetOrAdd(bytes, Answer), "application/json; charset=utf-8"));
        await app.StartAsync();
        Console.WriteLine("ready");
        await Console.In.ReadToEndAsync();
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static byte[] Answer(int bytes)
    {
        const string Frame = "{\"filler\":\"\"}";
        return Encoding.ASCII.GetBytes(Frame.Insert(Frame.Length - 2, new string('x', Math.Max(0, bytes - Frame.Length))));
    }
}
