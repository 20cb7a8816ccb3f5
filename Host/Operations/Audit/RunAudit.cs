using System.ComponentModel;
using System.Data;
using System.Text.Json.Serialization;
using Dapper;
using MediatR;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Audit;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Pipeline;
using Shop.Messages;

namespace Shop.Host.Operations.Audit;

/// <param name="Check">The only check to run, or null for all.</param>
internal sealed record RunAudit(string? Check = null) : IQuery<AuditReport>;

/// <param name="CheckedAt">The moment of which this is true.</param>
internal sealed record AuditReport(DateTimeOffset CheckedAt, IReadOnlyList<CheckedBooks> Checks)
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
        .MapGet("/audit", async ([Description("The only check to run; all of them without it.")] string? check, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new RunAudit(check), ct)))
        .WithName(nameof(RunAudit))
        .WithSummary("Checks the books now: all of them, or one check")
        .Refuses("audit.in_progress")
        .DisableRequestTimeout();
}

/// <summary>
/// All checks see one snapshot, or a payment between two of them would look like a fault. What that costs is bounded: the audit locks no row, and gives
/// its snapshot back, done or not, after <see cref="AuditOptions.Timeout"/>. Who wants shorter snapshots asks for one check at a time.
/// </summary>
internal sealed class RunAuditHandler(NpgsqlDataSource source, AuditChecks checks, IOptions<AuditOptions> options, TimeProvider time)
    : IRequestHandler<RunAudit, AuditReport>
{
    // One at a time over all instances; a crash frees it with its transaction.
    private const string TryLock = "select pg_try_advisory_xact_lock(hashtextextended('audit', 0))";

    // Sorts and joins of whole tables want memory. One core is enough for them: the rest is for customers.
    // The session's settings are for statements that go by keys.
    private const string Resources = """
        set local work_mem = '64MB'; set local max_parallel_workers_per_gather = 0;
        set local enable_seqscan = on; set local enable_hashjoin = on; set local enable_mergejoin = on;
        set local enable_material = on
        """;

    // What is left of the audit's time, so that PostgreSQL ends it even where this host no longer can.
    private const string LimitStatement = "select set_config('statement_timeout', @milliseconds, true)";

    private const int ExampleCount = 5;

    private const int ExampleLength = 200;

    public async Task<AuditReport> Handle(RunAudit request, CancellationToken cancellationToken)
    {
        var asked = Asked(request.Check);
        using var limit = new Deadline(options.Value.Timeout, cancellationToken);
        try
        {
            return await AuditAsync(asked, limit);
        }
        catch (Exception error) when (limit.Ended(error))
        {
            throw TimedOut(options.Value.Timeout);
        }
    }

    private IReadOnlyList<AuditCheck> Asked(string? name)
    {
        if (name is null)
            return checks.All;
        return checks.All.FirstOrDefault(check => check.Name == name) is { } check
            ? [check]
            : throw Invalid.Field("check", $"Must be one of {string.Join(", ", checks.All.Select(known => known.Name))}.");
    }

    private async Task<AuditReport> AuditAsync(IReadOnlyList<AuditCheck> asked, Deadline limit)
    {
        await using var connection = await source.OpenConnectionAsync(limit.Token);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, limit.Token);
        await connection.ExecuteAsync(Command($"set transaction read only; {Resources}", null, limit));
        var checkedAt = time.UtcNow();
        if (!await connection.ExecuteScalarAsync<bool>(Command(TryLock, null, limit)))
            throw new Refused("audit.in_progress", "An audit is under way. One runs at a time.");

        return new AuditReport(checkedAt, await CheckAsync(connection, asked, limit));
    }

    internal static async Task<IReadOnlyList<CheckedBooks>> CheckAsync(NpgsqlConnection connection, IReadOnlyList<AuditCheck> asked, Deadline limit)
    {
        var books = new List<CheckedBooks>(asked.Count);
        foreach (var check in asked)
            books.Add(await CheckAsync(connection, check, limit));
        return books;
    }

    private static async Task<CheckedBooks> CheckAsync(NpgsqlConnection connection, AuditCheck check, Deadline limit)
    {
        var milliseconds = limit.Remaining.TotalMilliseconds.ToString("F0", System.Globalization.CultureInfo.InvariantCulture);
        await connection.ExecuteAsync(Command(LimitStatement, new { milliseconds }, limit));
        var (violations, examples) = await connection.QuerySingleAsync<(long, string[])>(Command(CountedViolations(check), null, limit));
        return new CheckedBooks(check.Name, check.Description, violations, examples);
    }

    private static string CountedViolations(AuditCheck check) => $"""
        with violation (example) as materialized ({check.Violations})
        select (select count(*) from violation),
            array(select left(example, {ExampleLength}) from violation order by example limit {ExampleCount})
        """;

    // The limit is the audit's own, not the driver's.
    private static CommandDefinition Command(string sql, object? parameters, Deadline limit) =>
        new(sql, parameters, commandTimeout: 0, cancellationToken: limit.Token);

    private static Refused TimedOut(TimeSpan limit) =>
        new("unavailable", $"The audit did not end within {limit} (Audit:Timeout). Run one check at a time, or give it more.", StatusCodes.Status503ServiceUnavailable)
        {
            RetryAfter = limit,
        };
}
