using System.ComponentModel;
using System.Data;
using System.Text.Json.Serialization;
using Dapper;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Audit;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.Messages;

namespace Shop.Host.Audit;

/// <param name="Check">The only check to run, or null for all.</param>
internal sealed record RunAudit(string? Check = null, AuditScope Scope = AuditScope.All)
    : IQuery<AuditReport>, IReplicaQuery;

internal enum AuditScope
{
    All,
    New,
}

/// <param name="CheckedAt">The moment of which this is true.</param>
/// <param name="From">Where the check of what is new began; null where all was checked.</param>
internal sealed record AuditReport(DateTimeOffset CheckedAt, DateTimeOffset? From, IReadOnlyList<CheckedBooks> Checks)
{
    [JsonPropertyOrder(-1)]
    public bool Consistent => Checks.All(books => books.Violations == 0);
}

/// <param name="Violations">How many there are.</param>
/// <param name="Examples">The first few of them.</param>
internal sealed record CheckedBooks(string Name, string Description, long Violations, IReadOnlyList<string> Examples);

internal static class RunAuditEndpoint
{
    public static void MapRunAudit(this IEndpointRouteBuilder admin) => admin
        .MapGet("/audit", AuditAsync)
        .WithName(nameof(RunAudit))
        .WithSummary("Checks the books now: all of them, or one check")
        .Fails(AuditErrors.InProgress)
        .DisableRequestTimeout();

    private static async Task<Ok<AuditReport>> AuditAsync(
        [Description("The only check to run; all of them without it.")] string? check,
        [Description("NEW: what came since the last consistent audit of all checks (all, if none). ALL without it.")]
        [OneOf(typeof(AuditScope))]
        string? scope,
        IMediator mediator, CancellationToken ct)
    {
        var parsed = EnumQuery.Parse<AuditScope>("scope", scope) ?? AuditScope.All;
        return TypedResults.Ok(await mediator.Send(new RunAudit(check, parsed), ct));
    }
}

/// <summary>
/// All checks see one snapshot, or a payment between two of them would look like a fault. Its cost is bounded: the
/// audit locks no row, and gives its snapshot back, done or not, after <see cref="AuditOptions.Timeout"/>. Single
/// checks have shorter snapshots.
/// </summary>
internal sealed class RunAuditHandler(
    Db db, NpgsqlDataSource source, AuditChecks checks, IOptions<AuditOptions> options, TimeProvider time)
    : IRequestHandler<RunAudit, AuditReport>
{
    // One at a time over all instances, on each server; a crash frees it with its transaction.
    private const string TryLock = "select pg_try_advisory_xact_lock(hashtextextended('audit', 0))";

    // Sorts and joins of whole tables want memory. One core is enough for them: the rest is for customers.
    private const string Resources =
        "set local work_mem = '64MB'; set local max_parallel_workers_per_gather = 0";

    // A nested loop over whole tables takes the product of their sizes, and statistics of when one of them was empty
    // would choose it.
    internal const string ForWholeTables = """
        set local enable_seqscan = on; set local enable_hashjoin = on; set local enable_mergejoin = on;
        set local enable_material = on; set local enable_nestloop = off
        """;

    // The session's own settings, for statements that go by keys.
    private const string ForKeys = """
        set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off;
        set local enable_material = off; set local enable_nestloop = on
        """;

    private const string Now = "select shop.now()";

    // The rest of the audit's time, so that PostgreSQL ends it even where this host no longer can.
    private const string LimitStatement = "select set_config('statement_timeout', @milliseconds, true)";

    private const int ExampleCount = 5;

    private const int ExampleLength = 200;

    public async Task<AuditReport> Handle(RunAudit request, CancellationToken cancellationToken)
    {
        var asked = Asked(request.Check);
        using var limit = new Deadline(options.Value.Timeout, cancellationToken);
        try
        {
            var (report, reached) = await db.ReadAsync(
                (connection, ct) => AuditAsync(connection, request, asked, limit.Remaining, ct), limit.Token);
            if (report.Consistent && reached is not null)
                await StoreAsync(reached, limit.Token);
            return report;
        }
        catch (Exception error) when (limit.Ended(error))
        {
            throw new ErrorException(TimedOut(options.Value.Timeout));
        }
    }

    private IReadOnlyList<AuditCheck> Asked(string? name)
    {
        if (name is null)
            return checks.All;
        return checks.All.FirstOrDefault(check => check.Name == name) is { } check
            ? [check]
            : throw Invalid.Field(
                "check", $"Must be one of {string.Join(", ", checks.All.Select(known => known.Name))}.");
    }

    private async Task<(AuditReport Report, AuditPosition? Reached)> AuditAsync(
        NpgsqlConnection connection, RunAudit request, IReadOnlyList<AuditCheck> asked, TimeSpan remaining,
        CancellationToken ct)
    {
        using var limit = new Deadline(remaining, ct);
        await ExpectNoOtherAsync(connection, limit);
        // One check says nothing of the others: the position stays.
        var reached = request.Check is null
            ? await AuditPosition.TakeAsync(connection, time, limit.Token)
            : null;
        return (await InOneSnapshotAsync(connection, request.Scope, asked, limit), reached);
    }

    private async Task StoreAsync(AuditPosition reached, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await reached.StoreAsync(connection, ct);
    }

    // Keeps others away until the end of the transaction; outside one it is a look that costs no waiting.
    private static async Task ExpectNoOtherAsync(NpgsqlConnection connection, Deadline limit)
    {
        if (!await connection.ExecuteScalarAsync<bool>(Command(TryLock, null, limit)))
            throw new ErrorException(AuditErrors.InProgress.Of());
    }

    private static async Task<AuditReport> InOneSnapshotAsync(
        NpgsqlConnection connection, AuditScope scope, IReadOnlyList<AuditCheck> asked, Deadline limit)
    {
        await using var transaction = await connection.BeginTransactionAsync(
            IsolationLevel.RepeatableRead, limit.Token);
        await connection.ExecuteAsync(Command($"set transaction read only; {Resources}", null, limit));
        var checkedAt = await connection.QuerySingleAsync<DateTime>(Command(Now, null, limit));
        await ExpectNoOtherAsync(connection, limit);

        var from = scope == AuditScope.New ? await AuditPosition.LastAsync(connection, limit.Token) : null;
        return new AuditReport(
            new DateTimeOffset(checkedAt), from?.CheckedAt, await CheckAsync(connection, asked, from, limit));
    }

    /// <param name="from">Null: all of the books are checked.</param>
    internal static async Task<IReadOnlyList<CheckedBooks>> CheckAsync(
        NpgsqlConnection connection, IReadOnlyList<AuditCheck> asked, AuditPosition? from, Deadline limit)
    {
        var books = new List<CheckedBooks>(asked.Count);
        foreach (var check in asked)
            books.Add(await CheckAsync(connection, check, from, limit));
        return books;
    }

    private static async Task<CheckedBooks> CheckAsync(
        NpgsqlConnection connection, AuditCheck check, AuditPosition? from, Deadline limit)
    {
        var milliseconds = limit.Remaining.TotalMilliseconds.ToString(
            "F0", System.Globalization.CultureInfo.InvariantCulture);
        await connection.ExecuteAsync(Command(LimitStatement, new { milliseconds }, limit));
        var isOfKeys = from is not null && check.New is not null;
        await connection.ExecuteAsync(Command(isOfKeys ? ForKeys : ForWholeTables, null, limit));
        var counted = Command(CountedViolations(check, from), from, limit);
        var (violations, examples) = await connection.QuerySingleAsync<(long, string[])>(counted);
        return new CheckedBooks(check.Name, check.Description, violations, examples);
    }

    private static string Query(AuditCheck check, AuditPosition? from) =>
        (from is null ? null : check.New) ?? check.Violations;

    internal static string CountedViolations(AuditCheck check, AuditPosition? from) => $"""
        with {(from is null ? "" : AuditPosition.Touched)}violation (example) as materialized ({Query(check, from)})
        select (select count(*) from violation),
            array(select left(example, {ExampleLength}) from violation order by example limit {ExampleCount})
        """;

    // The limit is the audit's own, not the driver's.
    private static CommandDefinition Command(string sql, object? parameters, Deadline limit) =>
        new(sql, parameters, commandTimeout: 0, cancellationToken: limit.Token);

    private static Error TimedOut(TimeSpan limit) => CommandErrors.Unavailable.Of(
        $"The audit did not end within {limit} (Audit:Timeout). Run one check at a time, or give it more.") with
    {
        RetryAfter = limit,
    };
}
