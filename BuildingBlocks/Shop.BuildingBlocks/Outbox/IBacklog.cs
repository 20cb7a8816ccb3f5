namespace Shop.BuildingBlocks.Outbox;

/// <summary>
/// Something that is delivered later and may fail to be: a module's events to their handlers, or deliveries to the
/// outside. Each belongs to one module, which alone reads and writes it; operators see them all. Changes join the
/// command's transaction.
/// </summary>
public interface IBacklog
{
    /// <summary>The prefix of its dead letters' ids; unique in the shop.</summary>
    string Name { get; }

    /// <summary>The module that it belongs to.</summary>
    string Module { get; }

    BacklogKind Kind { get; }

    Task<BacklogState> ReadStateAsync(CancellationToken ct);

    /// <summary>Dead letters, the latest failure first.</summary>
    /// <param name="after">The last row of the page before, in that order.</param>
    Task<IReadOnlyList<DeadLetter>> ListDeadAsync(DeadLetterPlace? after, int limit, CancellationToken ct);

    /// <summary>
    /// Makes a dead letter due now, with all its attempts before it. Deliveries behind it go on waiting.
    /// </summary>
    /// <returns>It, or null where there is no such letter or it is no longer dead.</returns>
    Task<DeadLetter?> RetryAsync(long number, CancellationToken ct);

    /// <param name="handler">The one whose letters are meant, or null for all.</param>
    /// <returns>How many are due now.</returns>
    Task<int> RetryAllAsync(string? handler, CancellationToken ct);

    /// <summary>Gives a dead letter up. It is kept, and what waits behind it goes on.</summary>
    /// <returns>It, or null where there is no such letter or it is no longer dead.</returns>
    Task<DeadLetter?> DiscardAsync(long number, string reason, CancellationToken ct);

    /// <summary>Forgets letters that were discarded that long ago or longer, at most so many.</summary>
    Task<int> ClearDiscardedAsync(TimeSpan kept, int limit, CancellationToken ct);
}

public enum BacklogKind
{
    /// <summary>A module's events, to the handlers inside the shop.</summary>
    Events,

    /// <summary>To the outside.</summary>
    Deliveries,
}

/// <param name="Pending">Not tried yet.</param>
/// <param name="OldestAge">Of the oldest that is pending or retrying; null where there is none.</param>
/// <param name="Retrying">Failed and due again, or waiting behind one that failed.</param>
/// <param name="Dead">Given up until a person retries or discards it.</param>
public sealed record BacklogState(long Pending, TimeSpan? OldestAge, long Retrying, long Dead);

/// <param name="Number">Within its backlog.</param>
/// <param name="Payload">JSON.</param>
public sealed record DeadLetter(
    long Number, Guid EventId, string Type, string Handler, int Attempts, string? LastError, DateTimeOffset FailedAt,
    string Payload);

/// <summary>Where a dead letter stands in the order of the list.</summary>
public sealed record DeadLetterPlace(DateTimeOffset FailedAt, long Number);
