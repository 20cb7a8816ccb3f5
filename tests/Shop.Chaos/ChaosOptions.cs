using System.Globalization;

namespace Shop.Chaos;

/// <summary>Options of the command line.</summary>
/// <param name="Faults">Names of the faults that are injected, or none for all.</param>
internal sealed record ChaosOptions(
    double Minutes = 3,
    int Seed = 0,
    int Hosts = 2,
    int Clients = 12,
    bool PlatformFiles = false,
    IReadOnlyList<string>? Faults = null,
    bool Help = false)
{
    public const string Usage = """
        usage: dotnet run --project tests/Shop.Chaos -- [--minutes 3] [--seed N] [--hosts 2] [--clients 12]
               [--platform http|files] [--faults NAME,NAME]

        Runs a shop of several hosts on a PostgreSQL of its own, lets customers shop while hosts and database are
        killed, paused and cut off, rows held, handlers failing and clocks off, and holds what is left against what the
        customers were told. A round is half a minute of this, then calm, then the check.

          --minutes    how long faults go on, in all; fractions are fine
          --seed       repeats the order of faults and operations (not their timing); default: a new one, printed
          --hosts      hosts on the one database
          --clients    customers at a time
          --platform   how the data platform is told: http (default; it fails too) or NDJSON files
          --faults     only these, such as "row held,host stopped"; a name that is unknown lists them all

        Exit code: 0 nothing is wrong, 1 violations (printed; logs are kept), 2 it could not be run. Linux only: it
        stops processes by signal.
        """;

    public TimeSpan Duration => TimeSpan.FromMinutes(Minutes);

    /// <exception cref="FormatException">The command line can't be understood.</exception>
    public static ChaosOptions Parse(IReadOnlyList<string> args)
    {
        var options = new ChaosOptions(Seed: Random.Shared.Next(1, 1_000_000));
        for (var i = 0; i < args.Count; i++)
        {
            options = args[i] switch
            {
                "--help" or "-h" or "-?" => options with { Help = true },
                "--minutes" => options with { Minutes = Number(args, ++i, 0.1, 24 * 60) },
                "--seed" => options with { Seed = (int)Number(args, ++i, 0, int.MaxValue) },
                "--hosts" => options with { Hosts = (int)Number(args, ++i, 1, 8) },
                "--clients" => options with { Clients = (int)Number(args, ++i, 1, 200) },
                "--faults" => options with { Faults = Names(args, ++i) },
                "--platform" => options with { PlatformFiles = Choice(args, ++i, "files", "http") },
                var unknown => throw new FormatException($"There is no option {unknown}; --help lists what there is."),
            };
        }

        return options;
    }

    private static double Number(IReadOnlyList<string> args, int at, double least, double most) =>
        at < args.Count && double.TryParse(args[at], NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most
            ? number
            : throw new FormatException($"{args[at - 1]} takes a number from {least} to {most}.");

    private static string[] Names(IReadOnlyList<string> args, int at) => at < args.Count
        ? args[at].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        : throw new FormatException($"{args[at - 1]} takes names, with commas between them.");

    private static bool Choice(IReadOnlyList<string> args, int at, string chosen, string other) =>
        at < args.Count && (args[at] == chosen || args[at] == other)
        ? args[at] == chosen
        : throw new FormatException($"{args[at - 1]} takes {chosen} or {other}.");
}
