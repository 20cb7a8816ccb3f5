using Shop.Messages;

namespace Shop.Host.Outbox;

public static class OutboxErrors
{
    /// <summary>The value is the dead letter's id.</summary>
    public static readonly DocumentedError<string> DeadLetterNotFound = new(
        "outbox.dead_letter_not_found", 404, id => $"There is no dead letter {id}, or it is settled already.");
}
