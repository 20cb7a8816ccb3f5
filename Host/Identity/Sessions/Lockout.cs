using System.Threading.RateLimiting;
using FluentValidation;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Pipeline;

namespace Shop.Host.Identity.Sessions;

/// <summary>The section <c>Identity:Lockout</c>.</summary>
internal sealed class SignInLockoutOptions
{
    /// <summary>How many wrong passwords in a row close an e-mail.</summary>
    public int MaxFailedAttempts { get; set; } = 5;

    public TimeSpan Duration { get; set; } = TimeSpan.FromMinutes(5);
}

internal sealed class SignInLockoutOptionsValidator : AbstractValidator<SignInLockoutOptions>
{
    public SignInLockoutOptionsValidator()
    {
        RuleFor(options => options.MaxFailedAttempts).InclusiveBetween(1, 1_000);
        RuleFor(options => options.Duration).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
    }
}

/// <summary>
/// Counts the sign-ins of an e-mail that did not succeed, whether anybody has that e-mail or not: a lock that only customers get would tell who is one.
/// </summary>
internal sealed class Lockout(Db db, SignInTurns turns, IOptions<SignInLockoutOptions> options, TimeProvider time)
{
    // Counted as failed before the password is looked at, in one statement, which commits by itself: so many guesses at once get no more looks than
    // as many one after the other. The last attempt that the limit allows sets the lock, later ones see it, the first one after it starts anew.
    private const string CountAttempt = """
        insert into identity.sign_in_failures as f (normalized_email, failures, locked_until, attempted_at)
        values (@email, 1, case when @max = 1 then @until::timestamptz end, @now)
        on conflict (normalized_email) do update set
            failures = case when f.locked_until <= @now then 1 else least(f.failures, @max) + 1 end,
            locked_until = case
                when f.locked_until > @now then f.locked_until
                when case when f.locked_until <= @now then 1 else f.failures + 1 end >= @max then @until::timestamptz
            end,
            attempted_at = @now
        returning failures, locked_until
        """;

    private sealed record Attempts(int Failures, DateTimeOffset? LockedUntil);

    /// <summary>Counts an attempt as failed; a sign-in that succeeds clears the count.</summary>
    /// <returns>The e-mail's turn, to be disposed of when the attempt is over.</returns>
    /// <exception cref="Refused">429 <c>identity.locked_out</c>.</exception>
    public async Task<IDisposable> BeginAttemptAsync(string normalizedEmail, CancellationToken ct)
    {
        var turn = await turns.TakeAsync(normalizedEmail, ct);
        try
        {
            await CountAsync(normalizedEmail, ct);
            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    private async Task CountAsync(string email, CancellationToken ct)
    {
        var now = time.UtcNow();
        var until = now + options.Value.Duration;
        var max = options.Value.MaxFailedAttempts;
        var attempts = await db.QuerySingleAsync<Attempts>(CountAttempt, new { email, max, now, until }, ct);
        if (attempts.Failures > max)
            throw new Refused("identity.locked_out", "Too many sign-ins with this e-mail have failed. Try again later.", StatusCodes.Status429TooManyRequests)
            {
                RetryAfter = attempts.LockedUntil - now,
            };
    }
}

/// <summary>
/// One sign-in at a time for each e-mail in this process. The count takes every attempt under way for a failure; without turns, a user who signs in
/// on six devices at once with the right password would be locked out.
/// </summary>
internal sealed class SignInTurns : IDisposable
{
    private readonly PartitionedRateLimiter<string> turns = PartitionedRateLimiter.Create<string, string>(email =>
        RateLimitPartition.GetConcurrencyLimiter(email, _ => new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = int.MaxValue }));

    public async Task<IDisposable> TakeAsync(string normalizedEmail, CancellationToken ct) => await turns.AcquireAsync(normalizedEmail, 1, ct);

    public void Dispose() => turns.Dispose();
}
