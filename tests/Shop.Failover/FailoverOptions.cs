using System.Globalization;

namespace Shop.Failover;

/// <summary>Options of the command line.</summary>
/// <param name="Faults">Names of the faults, in the order in which they come, or none for all.</param>
/// <param name="Report">The file that the table goes to, as Markdown.</param>
internal sealed record FailoverOptions(
    IReadOnlyList<string>? Faults = null,
    bool Strict = false,
    int Repeat = 1,
    int Clients = 6,
    string? Report = null,
    bool Help = false)
{
    public const string Usage = """
        usage: dotnet run --project tests/Shop.Failover -- [--faults NAME,NAME] [--strict] [--repeat 1] [--clients 6]
               [--report FILE]

        Starts the cluster of deploy/cluster on this machine with two hosts on it, one by the addresses of all nodes and
        one by the proxy. Customers shop while the cluster fails in one way after the other. For each fault: the longest
        time without a success, what was refused, and whether what was acknowledged is there, once.

          --faults     only these, such as "switchover,crash"; a name that is unknown lists them all
          --strict     no commit without a standby (synchronous_mode_strict)
          --repeat     how often each comes
          --clients    customers at a time
          --report     a file for the table, as Markdown

        Exit code: 0 nothing is wrong, 1 something was lost, done twice or wrong (printed; logs are kept), 2 it could
        not be run. Linux with Debian's patroni, etcd-server, haproxy: see deploy/cluster/README.md.
        """;

    /// <exception cref="FormatException">The command line can't be understood.</exception>
    public static FailoverOptions Parse(IReadOnlyList<string> args)
    {
        var options = new FailoverOptions();
        for (var i = 0; i < args.Count; i++)
        {
            options = args[i] switch
            {
                "--help" or "-h" or "-?" => options with { Help = true },
                "--faults" => options with { Faults = Text(args, ++i).Split(',', StringSplitOptions.TrimEntries) },
                "--strict" => options with { Strict = true },
                "--repeat" => options with { Repeat = Number(args, ++i) },
                "--clients" => options with { Clients = Number(args, ++i) },
                "--report" => options with { Report = Text(args, ++i) },
                var unknown => throw new FormatException($"There is no option {unknown}; --help lists what there is."),
            };
        }

        return options;
    }

    private static string Text(IReadOnlyList<string> args, int at) =>
        at < args.Count ? args[at] : throw new FormatException($"{args[at - 1]} takes a value.");

    private static int Number(IReadOnlyList<string> args, int at) =>
        int.TryParse(Text(args, at), CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 100
        ? number
        : throw new FormatException($"{args[at - 1]} takes a number from 1 to 100.");
}
