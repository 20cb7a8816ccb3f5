using System.Globalization;
using System.Text.Json;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Outbox;
using Shop.Messages;

namespace Shop.Host.Outbox;

/// <summary>A dead letter, as an administrator sees it.</summary>
/// <param name="Payload">The event as it was published, or the envelope that the data platform was to get.</param>
internal sealed record DeadLetterView(
    string Id, string Module, Guid EventId, string Type, string Handler, int Attempts, string? LastError,
    DateTimeOffset FailedAt, JsonElement Payload)
{
    public static DeadLetterView Of(IBacklog backlog, DeadLetter letter) => new(
        DeadLetterId.Of(backlog, letter.Number),
        backlog.Module,
        letter.EventId,
        letter.Type,
        letter.Handler,
        letter.Attempts,
        letter.LastError,
        letter.FailedAt,
        JsonElement.Parse(letter.Payload));
}

/// <summary>
/// The backlog's name and the letter's number in it, <c>catalog-17</c>: unique in the shop, though each module numbers
/// its own.
/// </summary>
internal static class DeadLetterId
{
    public static string Of(IBacklog backlog, long number) => string.Create(
        CultureInfo.InvariantCulture, $"{backlog.Name}-{number}");

    public static (IBacklog Backlog, long Number)? Find(IEnumerable<IBacklog> backlogs, string id)
    {
        var dash = id.LastIndexOf('-');
        return dash > 0
            && backlogs.FirstOrDefault(backlog => id.AsSpan(0, dash).SequenceEqual(backlog.Name)) is { } backlog
            && long.TryParse(id.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (backlog, number)
            : null;
    }
}
