using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Background;

namespace Shop.Identity.Sessions;

/// <summary>
/// Deletes sessions and password resets that ran out, networks that have not signed in for as long as they are
/// remembered, and counts of attempts that were not added to lately, which anybody can make of any e-mail.
/// </summary>
internal sealed class ClearSignIns(
    NpgsqlDataSource source, IOptions<SignInLockoutOptions> lockout, TimeProvider time, ILogger<ClearSignIns> log)
    : Worker(time, log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // An hour's quiet costs a guesser as much as the lock does: four failures an hour are fewer than five in each
    // lock's duration.
    private static readonly TimeSpan KeepAttempts = TimeSpan.FromHours(1);

    // Longer than an access token can be good for, whatever a host is configured with.
    private static readonly TimeSpan KeepEndings = TimeSpan.FromHours(25);

    // Counts of the build before, which kept them for a day.
    private static readonly TimeSpan KeepFailures = TimeSpan.FromDays(1);

    // A bounded number at a time. Several hosts may do this at once, and a row that another session has locked can
    // wait.
    private const string DeleteSessions = """
        delete from identity.sessions where session_id in (
            select session_id from identity.sessions where expires_at <= (select shop.now())
            order by expires_at limit 1000 for update skip locked)
        """;

    private const string DeleteResets = """
        delete from identity.password_resets where user_id in (
            select user_id from identity.password_resets where expires_at <= (select shop.now())
            order by expires_at limit 1000 for update skip locked)
        """;

    private const string DeleteEndings = """
        delete from identity.ended_sessions where session_id in (
            select session_id from identity.ended_sessions
            where ended_at <= (select shop.now()) - $1::interval
            order by ended_at limit 10000 for update skip locked)
        """;

    private const string DeleteIdentities = """
        delete from identity.ended_identities where identity_hash in (
            select identity_hash from identity.ended_identities
            where ended_at <= (select shop.now()) - $1::interval
            order by ended_at limit 1000 for update skip locked)
        """;

    private const string DeleteAttempts = """
        delete from identity.sign_in_attempts where (normalized_email, network) in (
            select normalized_email, network from identity.sign_in_attempts
            where attempted_at <= (select shop.now()) - $1::interval
            order by attempted_at limit 1000 for update skip locked)
        """;

    private const string DeleteNetworks = """
        delete from identity.sign_in_networks where (user_id, network) in (
            select user_id, network from identity.sign_in_networks
            where signed_in_at <= (select shop.now()) - $1::interval
            order by signed_in_at limit 1000 for update skip locked)
        """;

    private const string DeleteFailures = """
        delete from identity.sign_in_failures where normalized_email in (
            select normalized_email from identity.sign_in_failures
            where attempted_at <= (select shop.now()) - $1::interval
            order by attempted_at limit 1000 for update skip locked)
        """;

    protected override string Name => "identity.clear-sign-ins";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(DeleteSessions));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(DeleteResets));
        Add(DeleteEndings, KeepEndings);
        Add(DeleteIdentities, KeepEndings);
        Add(DeleteAttempts, Max(lockout.Value.Window, KeepAttempts));
        Add(DeleteNetworks, Lockout.NetworkRetention);
        Add(DeleteFailures, KeepFailures);
        return await batch.ExecuteNonQueryAsync(ct);

        void Add(string sql, TimeSpan kept) =>
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = kept } } });
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, Time, ct);

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
