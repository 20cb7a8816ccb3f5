namespace Shop.Identity.Access;

/// <summary>
/// The latest <see cref="AccessSnapshot"/> of this process. A request uses one whose read began at most
/// <see cref="MaximumAge"/> ago; without one it reads, or waits for the read of another request.
/// </summary>
internal sealed class AccessCache(AccessReader reader, TimeProvider time) : IUserPermissions
{
    /// <summary>The longest time until an ending holds on every host.</summary>
    public static readonly TimeSpan MaximumAge = TimeSpan.FromSeconds(4);

    // A read takes milliseconds.
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(2);

    private readonly Lock access = new();
    private volatile AccessSnapshot? latest;
    private Task<AccessSnapshot>? reading;

    /// <exception cref="ErrorException">503 <c>unavailable</c>: it can't be known.</exception>
    public ValueTask<AccessSnapshot> CurrentAsync(CancellationToken ct) =>
        latest is { } known && known.Began.Age(time) <= MaximumAge
            ? ValueTask.FromResult(known)
            : new ValueTask<AccessSnapshot>(ShareReadAsync(ct));

    /// <summary>Reads what is committed now.</summary>
    /// <exception cref="ErrorException">503 <c>unavailable</c>: it can't be known.</exception>
    public async Task<AccessSnapshot> RefreshAsync(CancellationToken ct)
    {
        // A read that is under way may have begun before.
        if (reading is { } earlier)
            await ((Task)earlier).WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
        return await ShareReadAsync(ct);
    }

    /// <summary>After a command of this host: its COMMIT stands, whether the read succeeds or not.</summary>
    public async Task TryRefreshAsync(CancellationToken ct)
    {
        try
        {
            await RefreshAsync(ct);
        }
        catch (ErrorException)
        {
            // The host asks again before it trusts what it has.
        }
    }

    Permissions IUserPermissions.Of(long userId) =>
        (latest ?? throw new InvalidOperationException("A caller came before the first read.")).PermissionsOf(userId);

    private async Task<AccessSnapshot> ShareReadAsync(CancellationToken ct)
    {
        Task<AccessSnapshot> shared;
        lock (access)
        {
            if (reading is null or { IsCompleted: true })
                reading = Task.Run(ReadAsync, CancellationToken.None);
            shared = reading;
        }

        try
        {
            return await shared.WaitAsync(ct);
        }
        catch (Exception error) when (!ct.IsCancellationRequested && IsOutage(error))
        {
            throw new ErrorException(
                CommandErrors.Unavailable.Of("Who may do what can't be read right now. Try again shortly."));
        }
    }

    private async Task<AccessSnapshot> ReadAsync()
    {
        using var limit = new CancellationTokenSource(ReadTimeout);
        // Against a server that takes the connection and says nothing the driver does not look at the token.
        var read = await reader.ReadAsync(this, limit.Token).WaitAsync(limit.Token);
        latest = read;
        return read;
    }

    private static bool IsOutage(Exception error) =>
        error is OperationCanceledException || Transient.IsUnavailable(error);
}
