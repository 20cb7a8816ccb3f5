using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Shop.EmbeddedPostgres;
using Xunit;

namespace Shop.IntegrationTests.EmbeddedPostgresTests;

/// <summary>
/// A second host in a process of its own: this very assembly, started as a program. It uses a cluster until its input
/// ends or it is killed.
/// </summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private const string ThrowawayArgument = "throwaway";

    private readonly Process process;

    private HostProcess(Process process, string connectionString)
    {
        this.process = process;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    public static async Task<int> Main(string[] args)
    {
        var throwaway = args.Contains(ThrowawayArgument, StringComparer.Ordinal);
        var options = new EmbeddedPostgresOptions { DataDirectory = args[0], Fsync = false, Throwaway = throwaway };
        await using var server = await EmbeddedPostgresServer.StartAsync(
            options, NullLogger.Instance, CancellationToken.None);
        await Console.Out.WriteLineAsync(server.ConnectionString);
        await Console.In.ReadToEndAsync();
        return 0;
    }

    public static async Task<HostProcess> StartAsync(string dataDirectory, bool throwaway = false)
    {
        string[] mode = throwaway ? [ThrowawayArgument] : [];
        var host = Process.Start(
            new ProcessStartInfo("dotnet", ["exec", typeof(HostProcess).Assembly.Location, dataDirectory, .. mode])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        var connectionString = await host.StandardOutput.ReadLineAsync();
        return connectionString is null
            ? throw new InvalidOperationException(await host.StandardError.ReadToEndAsync())
            : new HostProcess(host, connectionString);
    }

    public async Task LeaveAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await LeaveAsync();
        process.Dispose();
    }
}
