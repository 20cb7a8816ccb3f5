using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks;
using Shop.Host.CommandLine;
using Shop.IntegrationTests.Testing;
using Spectre.Console;

namespace Shop.IntegrationTests.Operations;

/// <summary>A test of the command line, run in this process with its output as into a file.</summary>
public abstract class VerbTest : ShopTest
{
    private protected string Database => $"--ConnectionStrings:Shop={Shop.ConnectionString}";

    private protected Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args) =>
        RunAsync(input: null, args);

    /// <param name="input">Its standard input; null for none, and no prompt.</param>
    private protected async Task<(int ExitCode, string Output, string Error)> RunAsync(TextReader? input, string[] args)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new FileOutput(output),
        });
        var exitCode = await Verbs.RunAsync(args, [.. Shop.Services.GetServices<IModule>()], console, errors, input);
        return (exitCode, output.ToString(), errors.ToString());
    }

    private sealed class FileOutput(TextWriter writer) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => false;

        public int Width => 80;

        public int Height => 24;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
