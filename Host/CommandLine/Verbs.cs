using System.Runtime.InteropServices;
using FluentValidation;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Activities;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.Host.CommandLine.Seeding;
using Shop.Host.Starting;
using Spectre.Console;

namespace Shop.Host.CommandLine;

/// <summary>The program's verbs: <c>dotnet run --project Host -- audit</c>. Without one it runs the shop.</summary>
internal static class Verbs
{
    private const int FileWidth = 240;

    private static readonly Verb[] All =
    [
        AdminVerb.Verb, AuditVerb.Verb, MigrateVerb.Verb, OutboxVerb.Verb, SeedVerb.Verb,
    ];

    public static IReadOnlyList<string> Names => [.. All.Select(verb => verb.Name)];

    /// <summary>
    /// Whether the arguments ask for a verb; those of the shop itself are settings, <c>--Name=value</c>.
    /// </summary>
    public static bool Ask(string[] args) =>
        args.Length > 0
            && (AsksForHelp(args)
            || !(args[0].StartsWith('-')
            || args[0].StartsWith('/')
            || args[0].Contains('=', StringComparison.Ordinal)));

    /// <returns>The <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        string[] args, IReadOnlyList<IModule> modules, IAnsiConsole output, TextWriter errors, TextReader? input)
    {
        // A file or a pipe has no width that lines would have to fit.
        if (!output.Profile.Out.IsTerminal)
            output.Profile.Width = FileWidth;
        if (AsksForHelp(args))
        {
            WriteHelp(output, Array.Find(All, verb => verb.Name == args[0]));
            return ExitCode.Fine;
        }

        using var stop = new CancellationTokenSource();
        using var interrupted = StopOn(PosixSignal.SIGINT, stop);
        using var terminated = StopOn(PosixSignal.SIGTERM, stop);
        try
        {
            var verb = Array.Find(All, verb => verb.Name == args[0])
                ?? throw new UsageException($"There is no verb {args[0]}; --help lists what there is.");
            return await RunAsync(verb, args[1..], modules, output, input, stop.Token);
        }
        catch (Exception error) when (StartFailure.Of(error) is { ExitCode: ExitCode.Configuration } wrong)
        {
            await errors.WriteLineAsync(wrong.Line);
            return wrong.ExitCode;
        }
        catch (Exception error)
        {
            await errors.WriteLineAsync(stop.IsCancellationRequested ? "Stopped." : MessageOf(error));
            return ExitCode.Failed;
        }
    }

    // The shop as it would be run, but built only: nothing listens and nothing works in the background.
    private static async Task<int> RunAsync(
        Verb verb,
        string[] args,
        IReadOnlyList<IModule> modules,
        IAnsiConsole output,
        TextReader? input,
        CancellationToken ct)
    {
        string[] settings = [.. args.Where(arg => !verb.Flags.Contains(arg, StringComparer.Ordinal))];
        var builder = ShopServices.CreateBuilder(settings, modules, isStart: false);
        builder.Configuration["Logging:LogLevel:Default"] = nameof(LogLevel.Warning);
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        using var banner = LoggerFactory.Create(logging => logging
            .AddConfiguration(builder.Configuration.GetSection("Logging"))
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));

        await using var database = await DatabaseBootstrap.FindAsync(
            builder.Configuration, builder.Environment, banner.CreateLogger("Shop.Database"), ct);
        builder.Services.AddDatabase(database.ConnectionString, database.MigrationsConnectionString);
        await using var app = builder.Build();
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        await using var scope = app.Services.CreateAsyncScope();
        using var origin = LocalOrigin.Use(scope.ServiceProvider, ActorType.CommandLine, verb.Name);
        return await verb.RunAsync(new VerbCall(scope.ServiceProvider, args, output, input), ct);
    }

    private static PosixSignalRegistration StopOn(
        PosixSignal signal, CancellationTokenSource stop) => PosixSignalRegistration.Create(signal, received =>
    {
        // Ended by itself, so that a database that was started for it is stopped too.
        received.Cancel = true;
        stop.Cancel();
    });

    private static void WriteHelp(IAnsiConsole output, Verb? asked)
    {
        if (asked is not null)
        {
            output.WriteLine(
                $"usage: dotnet run --project Host -- {asked.Name} {asked.Arguments}".TrimEnd() +
                " [--Setting:Name=value ...]");
            output.WriteLine();
            output.WriteLine(asked.Summary);
            return;
        }

        var verbs = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        verbs.AddRow(new Text("(none)"), new Text("Runs the shop."));
        foreach (var verb in All)
            verbs.AddRow(new Text($"{verb.Name} {verb.Arguments}".TrimEnd()), new Text(verb.Summary));
        output.WriteLine("usage: dotnet run --project Host -- [verb] [--Setting:Name=value ...]");
        output.WriteLine();
        output.Write(verbs);
    }

    private static bool AsksForHelp(string[] args) =>
        args[0] == "help" || args.Any(arg => arg is "--help" or "-h" or "-?");

    private static string MessageOf(Exception error) => error switch
    {
        ValidationException invalid =>
            string.Join(' ', invalid.Errors.Select(failure => $"--{failure.PropertyName}: {failure.ErrorMessage}")),
        _ => Transient.Summary(error),
    };
}
