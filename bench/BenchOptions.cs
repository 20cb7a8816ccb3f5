using System.Globalization;

namespace Shop.Bench;

/// <summary>Options of the command line.</summary>
/// <param name="Scenarios">By name; empty for all.</param>
/// <param name="JsonFile">Where the figures go besides the terminal.</param>
/// <param name="Before">The host program of an earlier build, measured in the same rounds; null without it.</param>
/// <param name="ActAsAdministrator">
/// Whether the administrator's token acts for users instead of an API key, as it does in a build before API keys.
/// </param>
/// <param name="CurvesFolder">Where the curves are drawn, in place of the scenarios; null without them.</param>
internal sealed record BenchOptions(
    IReadOnlyList<string> Scenarios, double Seconds, int Rounds, bool Smoke, string? JsonFile, string? Before,
    bool ActAsAdministrator = false, string? CurvesFolder = null)
{
    public const string Usage = """
        dotnet run -c Release --project bench -- [options]
          --scenario name,name   which ones (default: all); --list names them
          --seconds 20           how long each run of a round is measured
          --rounds 3             baseline and shop in turn, this many times
          --json file            the figures as JSON too
          --before Shop.Host.dll the host of an earlier build, measured in the same rounds (throughput scenarios)
          --act-as-admin         the administrator's token acts for users, not an API key; a host without API keys
                                 (--before) is measured so in any case
          --curves folder        in place of scenarios: checkouts over clients, lines, hosts and orders, as SVG;
                                 --scenario names some of them
          --smoke                a small shop and a second each, to see that everything works
          --list                 the scenarios
        It ends with 0, or with 1 where an answer was an error or the books are not consistent afterwards, or
        with 2 where it, or a scenario, could not run.
        """;

    public double WarmUp => Smoke ? 0.5 : 10;

    /// <summary>Of the scenario that looks whether events keep up.</summary>
    public double SustainedSeconds => Smoke ? Seconds : Math.Max(120, Seconds);

    /// <exception cref="FormatException">It asks for something that there is not.</exception>
    public static BenchOptions Parse(IReadOnlyList<string> arguments, IReadOnlyCollection<string> known)
    {
        var smoke = arguments.Contains("--smoke");
        var options = new BenchOptions(
            [], Seconds: smoke ? 1 : 20, Rounds: smoke ? 1 : 3, smoke, JsonFile: null, Before: null);
        for (var i = 0; i < arguments.Count; i++)
        {
            options = arguments[i] switch
            {
                "--smoke" => options,
                "--scenario" => options with { Scenarios = Names(Value(), known) },
                "--seconds" => options with { Seconds = Number(Value()) },
                "--rounds" => options with { Rounds = (int)Number(Value()) },
                "--json" => options with { JsonFile = Value() },
                "--act-as-admin" => options with { ActAsAdministrator = true },
                "--curves" => options with { CurvesFolder = Value() },
                "--before" => options with { Before = ProgramAt(Value()) },
                var other => throw new FormatException($"There is no option {other}."),
            };

            string Value() =>
                ++i < arguments.Count ? arguments[i] : throw new FormatException($"{arguments[i - 1]} needs a value.");
        }

        return options;
    }

    private static string ProgramAt(string path) =>
        File.Exists(path) ? Path.GetFullPath(path) : throw new FormatException($"There is no program {path}.");

    private static double Number(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var number)
        && number >= 1
        ? number
        : throw new FormatException($"'{text}' is no number from 1.");

    private static string[] Names(string text, IReadOnlyCollection<string> known)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return names.FirstOrDefault(name => !known.Contains(name)) is { } unknown
            ? throw new FormatException($"There is no scenario {unknown}.")
            : names;
    }
}
