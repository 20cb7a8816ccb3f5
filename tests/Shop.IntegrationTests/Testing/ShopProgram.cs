using System.Diagnostics;
using System.Net;
using System.Text;
using Shop.EmbeddedPostgres;
using Xunit;

namespace Shop.IntegrationTests.Testing;

/// <summary>The program in a process of its own, as a person or a supervisor runs it.</summary>
internal sealed class ShopProgram : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    // The settings of the test run must not reach the program.
    private static readonly string[] Inherited = ["ASPNETCORE_", "DOTNET_ENVIRONMENT", "DOTNET_URLS", "URLS"];

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder errors = new();

    private ShopProgram(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output => Read(output);

    public static ShopProgram Start(
        IEnumerable<string> args,
        IReadOnlyDictionary<string, string>? environment = null,
        string? workingDirectory = null,
        string input = "")
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Shop.Host.dll");
        var start = new ProcessStartInfo("dotnet", ["exec", program, .. args])
        {
            UseShellExecute = false,
            WorkingDirectory = workingDirectory ?? AppContext.BaseDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(IsInherited).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return new ShopProgram(process);
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<ProgramEnd> RunAsync(
        IEnumerable<string> args,
        IReadOnlyDictionary<string, string>? environment = null,
        string? workingDirectory = null,
        string input = "")
    {
        await using var program = Start(args, environment, workingDirectory, input);
        return await program.EndAsync();
    }

    /// <summary>Returns once it is ready at this address.</summary>
    public async Task UntilReadyAsync(string address)
    {
        using var timeout = new CancellationTokenSource(Timeout);
        while (true)
        {
            if (process.HasExited)
                throw new InvalidOperationException($"It ended with {process.ExitCode}: {Read(errors)}{Output}");
            try
            {
                using var answer = await Http.GetAsync(new Uri($"{address}/health/ready"), timeout.Token);
                if (answer.StatusCode == HttpStatusCode.OK)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }

            timeout.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>SIGTERM, and waits for its end.</summary>
    public async Task<ProgramEnd> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await kill.WaitForExitAsync();
        return await EndAsync();
    }

    public async Task<ProgramEnd> EndAsync()
    {
        using var timeout = new CancellationTokenSource(Timeout);
        await process.WaitForExitAsync(timeout.Token);
        return new ProgramEnd(process.ExitCode, Output, Read(errors));
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private static bool IsInherited(string name) =>
        Inherited.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            if (line is not null)
                text.Append(line).Append('\n');
        }
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }
}

/// <param name="Error">Everything on standard error.</param>
internal sealed record ProgramEnd(int ExitCode, string Output, string Error)
{
    /// <summary>The one line on standard error; more of them fail the test.</summary>
    public string Line => Assert.Single(Error.TrimEnd('\n').Split('\n'));
}
