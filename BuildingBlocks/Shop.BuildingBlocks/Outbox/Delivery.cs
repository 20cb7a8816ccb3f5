using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Outbox;

internal enum DeliveryOutcome
{
    /// <summary>Not tried: behind another of its key, or what was left when the handler's tries were used up.</summary>
    Waiting,

    Delivered,

    /// <summary>Another session holds a lock that it needs, or won a deadlock: no attempt is counted.</summary>
    Held,

    Failed,
}

/// <summary>One event on its way to one handler, and what became of it.</summary>
/// <param name="attempts">Those before.</param>
/// <param name="failureId">Of its row among the failures; null on its first way.</param>
internal sealed class Delivery(Message message, int attempts = 0, long? failureId = null)
{
    public Message Message => message;

    public string OrderingKey => message.Row.OrderingKey;

    public long FailureId => failureId ?? throw new InvalidOperationException("The delivery has not failed before.");

    public DeliveryOutcome Outcome { get; private set; }

    public int Attempts { get; private set; } = attempts;

    public Exception? Error { get; private set; }

    public void Arrive() => Outcome = DeliveryOutcome.Delivered;

    public void Fail(Exception error)
    {
        Error = error;
        Outcome = Transient.MayRunAgain(error) ? DeliveryOutcome.Held : DeliveryOutcome.Failed;
        if (Outcome == DeliveryOutcome.Failed)
            Attempts++;
    }
}

/// <summary>Deliveries that are set aside, as the columns of a statement.</summary>
internal sealed class SetAside(OutboxOptions options)
{
    /// <summary>How soon a delivery that needs a held row is tried again: the wait is a part of the round.</summary>
    public static readonly TimeSpan HeldPause = TimeSpan.FromSeconds(1);

    private readonly List<long> ids = [];
    private readonly List<string> handlers = [];
    private readonly List<string> statuses = [];
    private readonly List<int> attempts = [];
    private readonly List<string?> errors = [];
    private readonly List<TimeSpan> pauses = [];

    public int Count => ids.Count;

    /// <param name="id">Of the message, or of the failure.</param>
    /// <returns>Whether the delivery is dead now.</returns>
    public bool Add(long id, string handler, Delivery delivery)
    {
        var isDead = delivery.Outcome == DeliveryOutcome.Failed && delivery.Attempts >= options.MaxAttempts;
        var pause = delivery.Outcome switch
        {
            DeliveryOutcome.Failed when !isDead =>
                Backoff.After(delivery.Attempts, options.RetryDelay, options.MaxRetryDelay),
            DeliveryOutcome.Held when Transient.IsLockTimeout(delivery.Error!) => HeldPause,
            _ => TimeSpan.Zero,
        };
        var status = isDead ? "DEAD" : delivery.Outcome == DeliveryOutcome.Waiting ? "WAITING" : "RETRYING";
        Add(id, handler, status, delivery.Attempts, delivery.Error, pause);
        return isDead;
    }

    /// <summary>For a handler that this build does not know.</summary>
    public void AddWaiting(long messageId, string handler) =>
        Add(messageId, handler, "WAITING", 0, error: null, TimeSpan.Zero);

    public (string Name, object Value)[] Parameters() =>
    [
        ("ids", ids), ("handlers", handlers), ("statuses", statuses), ("attempts", attempts), ("errors", errors),
        ("pauses", pauses),
    ];

    private void Add(long id, string handler, string status, int tried, Exception? error, TimeSpan pause)
    {
        ids.Add(id);
        handlers.Add(handler);
        statuses.Add(status);
        attempts.Add(tried);
        errors.Add(error is null ? null : $"{error.GetType().Name}: {error.Message}");
        pauses.Add(pause);
    }
}
