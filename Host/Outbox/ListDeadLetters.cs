using MediatR;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Outbox;
using Shop.Messages;

namespace Shop.Host.Outbox;

internal sealed record ListDeadLetters(PageRequest Page) : IQuery<Page<DeadLetterView>>, IReplicaQuery;

internal static class ListDeadLettersEndpoint
{
    public static void MapListDeadLetters(this IEndpointRouteBuilder letters) => letters
        .MapGet("", async ([AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ListDeadLetters(page), ct)))
        .WithName(nameof(ListDeadLetters))
        .WithSummary("What could not be delivered, the latest failure first");
}

/// <summary>
/// One list over all backlogs, by the time of the failure, then by the backlog's name: each gives what comes after the
/// cursor, and the first are taken.
/// </summary>
internal sealed class ListDeadLettersHandler(IEnumerable<IBacklog> backlogs, Cursors cursors)
    : IRequestHandler<ListDeadLetters, Page<DeadLetterView>>
{
    private const string List = "dead-letters";

    private sealed record After(DateTimeOffset FailedAt, string Backlog, long Number)
    {
        /// <summary>
        /// Where the page starts in a backlog: at that same moment, those of the names before are all listed, of the
        /// names after none.
        /// </summary>
        public DeadLetterPlace In(string backlog) => new(FailedAt, string.CompareOrdinal(backlog, Backlog) switch
        {
            < 0 => long.MinValue,
            0 => Number,
            _ => long.MaxValue,
        });
    }

    private sealed record Listed(IBacklog Backlog, DeadLetter Letter);

    public async Task<Page<DeadLetterView>> Handle(ListDeadLetters request, CancellationToken cancellationToken)
    {
        var after = cursors.Read<After>(List, request.Page);
        var limit = request.Page.Size + 1;
        var found = new List<Listed>();
        foreach (var backlog in backlogs)
            found.AddRange(
                (await backlog.ListDeadAsync(after?.In(backlog.Name), limit, cancellationToken)).Select(
                    letter => new Listed(backlog, letter)));

        var listed = found
            .OrderByDescending(item => item.Letter.FailedAt)
            .ThenBy(item => item.Backlog.Name, StringComparer.Ordinal)
            .ThenByDescending(item => item.Letter.Number)
            .Take(limit)
            .ToList();
        return cursors.Page(
            List, request.Page, listed, last => new After(last.Letter.FailedAt, last.Backlog.Name, last.Letter.Number))
            .Select(item => DeadLetterView.Of(item.Backlog, item.Letter));
    }
}
