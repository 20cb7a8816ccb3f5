using Spectre.Console;

namespace Shop.Host.CommandLine;

/// <summary>
/// Something that the program does instead of running the shop, with all that the shop is made of at hand.
/// </summary>
/// <param name="Name">The first argument.</param>
/// <param name="Arguments">The arguments, for its help.</param>
/// <param name="Summary">The effect and the exit codes, for its help.</param>
/// <param name="RunAsync">Does it.</param>
internal sealed record Verb(
    string Name, string Arguments, string Summary, Func<VerbCall, CancellationToken, Task<int>> RunAsync)
{
    /// <summary>Arguments without a value, which the configuration would take the next argument for.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];
}

/// <summary>Exit codes of the program.</summary>
internal static class ExitCode
{
    public const int Fine = 0;

    /// <summary>It was done, and what it found is bad.</summary>
    public const int Bad = 1;

    /// <summary>It could not be done.</summary>
    public const int Failed = 2;

    /// <summary>
    /// EX_UNAVAILABLE of sysexits.h: a start lacks something that it needs; a supervisor may try again.
    /// </summary>
    public const int Unavailable = 69;

    /// <summary>EX_CONFIG of sysexits.h: it is configured wrongly, and only a person can mend that.</summary>
    public const int Configuration = 78;
}

/// <param name="Services">A scope of the shop's services. No server listens, no worker runs.</param>
/// <param name="Arguments">The arguments behind the verb.</param>
/// <param name="Output">Where results go; all else goes to standard error.</param>
/// <param name="Input">Standard input where it is no terminal, or null.</param>
internal sealed record VerbCall(
    IServiceProvider Services, IReadOnlyList<string> Arguments, IAnsiConsole Output, TextReader? Input)
{
    /// <summary>Whether the flag is there.</summary>
    public bool Has(string flag) => Arguments.Contains(flag, StringComparer.Ordinal);

    /// <summary>The value of <c>--name value</c> or <c>--name=value</c>, or null.</summary>
    public string? Option(string name)
    {
        for (var i = 0; i < Arguments.Count; i++)
        {
            if (Arguments[i] == name)
                return i + 1 < Arguments.Count ? Arguments[i + 1] : throw new UsageException($"{name} needs a value.");
            if (Arguments[i].StartsWith($"{name}=", StringComparison.Ordinal))
                return Arguments[i][(name.Length + 1)..];
        }

        return null;
    }
}

/// <summary>The command line can't be understood.</summary>
internal sealed class UsageException(string message) : Exception(message);
