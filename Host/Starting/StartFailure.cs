using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Settings;
using Shop.EmbeddedPostgres;
using Shop.Host.CommandLine;

namespace Shop.Host.Starting;

/// <summary>
/// Why the program does not start, on one line, with the exit code that tells a supervisor whether to try again.
/// </summary>
internal static class StartFailure
{
    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel";
    private const string Binding = "Microsoft.Extensions.Configuration";

    /// <summary>Runs the program; a start that fails for a known reason is one line on standard error.</summary>
    /// <returns>The exit code. A fault of the program itself stays the exception that it is.</returns>
    public static async Task<int> ReportAsync(TextWriter errors, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception error) when (Of(error) is { } failure)
        {
            await errors.WriteLineAsync(failure.Line);
            return failure.ExitCode;
        }
    }

    /// <returns>Null for a fault of the program itself.</returns>
    public static (int ExitCode, string Line)? Of(Exception error) => error switch
    {
        ConfigurationException or MigrationChangedException or MigrationCutOffException
            or PreparedStatementsLostException =>
            (ExitCode.Configuration, OneLine(error.Message)),
        OptionsValidationException invalid => Wrong([.. invalid.Failures]),
        IOException { InnerException: AddressInUseException } => Missing(error.Message),
        // The driver wraps its own: a bare one is of the address that the host should listen at.
        SocketException => Wrong($"Urls: {error.Message}"),
        _ when IsOf(error, Kestrel) => Wrong(MessagesOf(error)),
        // Exceptions from Kestrel's settings: a key that is not its certificate's, a missing file.
        _ when IsThrownBelow(error, Kestrel) => Wrong($"Kestrel: {MessagesOf(error)}"),
        // A setting outside the shop's sections that can't be bound; the message names it.
        InvalidOperationException unbound when IsThrownBelow(unbound, Binding) => Wrong(MessagesOf(unbound)),
        PostgresException no when IsRefusedConnection(no) =>
            Missing($"The database refuses ConnectionStrings:Shop: {no.MessageText}"),
        // A migration that refuses the database says itself what a person has to do.
        PostgresException { SqlState: PostgresErrorCodes.RaiseException } no => Wrong(no.MessageText),
        MigrationsMissingException or OlderHostsException or PostgresStartException or ClockSkewException =>
            Missing(error.Message),
        _ when Transient.IsUnavailable(error) => Missing($"The database can't be reached: {Transient.Summary(error)}"),
        _ => null,
    };

    private static (int ExitCode, string Line) Wrong(params string[] faults) =>
        (ExitCode.Configuration, new ConfigurationException(faults).Message);

    private static (int ExitCode, string Line) Missing(string what) => (ExitCode.Unavailable, OneLine(what));

    // A password that is being changed, a database that is being restored: the server's word may pass by itself.
    private static bool IsRefusedConnection(PostgresException refused) => refused.SqlState
        is PostgresErrorCodes.InvalidPassword
        or PostgresErrorCodes.InsufficientPrivilege
        or PostgresErrorCodes.InvalidAuthorizationSpecification
        or PostgresErrorCodes.InvalidCatalogName;

    private static bool IsOf(Exception error, string assembly) =>
        error.Source?.StartsWith(assembly, StringComparison.Ordinal) == true;

    // By namespace: a binder that the compiler generates is in another assembly.
    private static bool IsThrownBelow(Exception error, string library) => new StackTrace(error).GetFrames()
        .Select(frame => frame.GetMethod()?.DeclaringType?.FullName)
        .Any(type => type?.StartsWith(library, StringComparison.Ordinal) == true);

    private static string MessagesOf(Exception error) => $"{error.Message} {error.InnerException?.Message}".TrimEnd();

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
