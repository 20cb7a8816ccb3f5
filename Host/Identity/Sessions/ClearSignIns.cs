using Npgsql;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Background;

namespace Shop.Host.Identity.Sessions;

/// <summary>Clears away sessions that ran out and counts that nobody added to for a day: anybody can make the shop count any e-mail.</summary>
internal sealed class ClearSignIns(NpgsqlDataSource source, TimeProvider time, ILogger<ClearSignIns> log) : Worker(time, log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // Longer than any lock: SignInLockoutOptions allows a day at most.
    private static readonly TimeSpan KeepFailures = TimeSpan.FromDays(1);

    // A bounded number at a time. Several hosts may do this at once, and a row that somebody else holds can wait.
    private const string DeleteSessions = """
        delete from identity.sessions where session_id in (
            select session_id from identity.sessions where expires_at <= $1 order by expires_at limit 1000 for update skip locked)
        """;

    private const string DeleteFailures = """
        delete from identity.sign_in_failures where normalized_email in (
            select normalized_email from identity.sign_in_failures where attempted_at <= $1 order by attempted_at limit 1000 for update skip locked)
        """;

    private readonly TimeProvider time = time;

    protected override string Name => "identity.clear-sign-ins";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var now = time.UtcNow();
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(DeleteSessions) { Parameters = { new() { Value = now } } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(DeleteFailures) { Parameters = { new() { Value = now - KeepFailures } } });
        return await batch.ExecuteNonQueryAsync(ct);
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, time, ct);
}
