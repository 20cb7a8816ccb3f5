using Npgsql;
using Shop.BuildingBlocks.Activities;
using Shop.BuildingBlocks.Database;
using Shop.Identity.Activities;
using Spectre.Console;

namespace Shop.Host.CommandLine;

/// <summary>
/// The migrations alone, for a role that owns the schemas, where the shop itself runs as one that may only read and
/// write rows.
/// </summary>
internal static class MigrateVerb
{
    public static Verb Verb { get; } = new(
        "migrate",
        "[--force]",
        "Applies the migrations that the database lacks, and prints them. Where one needs older hosts to be "
        + "stopped, it " +
        "refuses while any is connected; --force goes on. Exit code: 0 it has them all now, 2 it could not be done.",
        RunAsync);

    private static async Task<int> RunAsync(VerbCall call, CancellationToken ct)
    {
        var applied = await call.Services.GetRequiredService<Migrator>().ApplyAsync(call.Has("--force"), ct);
        if (applied.Count > 0)
            await NoteAsync(call.Services, new Migrate(applied), ct);
        foreach (var migration in applied)
            call.Output.WriteLine(migration);
        call.Output.WriteLine(applied.Count == 0 ? "The database is up to date." : $"Applied: {applied.Count}");
        return ExitCode.Fine;
    }

    // By the owner, since the running role may not be there yet. Each migration is a transaction with a record of its
    // own, so that a crash before this row loses nothing of what was done.
    private static async Task NoteAsync(IServiceProvider services, Migrate done, CancellationToken ct)
    {
        if (services.GetRequiredService<CommandScope>().Origin?.Describe(done, result: null) is not { } record)
            return;
        var owner = services.GetRequiredKeyedService<NpgsqlDataSource>(DatabaseServices.MigrationsKey);
        await using var connection = await owner.OpenConnectionAsync(ct);
        await ActivityLog.WriteAsync(connection, record, ct);
    }

    /// <summary>The row of activity, as the command of other verbs.</summary>
    private sealed record Migrate(IReadOnlyList<string> Applied);
}
