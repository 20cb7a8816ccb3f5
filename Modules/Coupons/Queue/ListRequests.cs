using System.ComponentModel;
using Shop.Identity.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Coupons.Queue;

internal sealed record ListRequests(long UserId, RequestStatus? Status, PageRequest Page) : IQuery<Page<QueueEntry>>;

internal static class ListRequestsEndpoint
{
    public static void MapListRequests(this IEndpointRouteBuilder requests) => requests
        .MapGet("", async (
            long userId, [Description("Only those in this state."), OneOf(typeof(RequestStatus))] string? status,
            [AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(
                new ListRequests(userId, EnumQuery.Parse<RequestStatus>("status", status), page), ct)))
        .WithName("ListCouponRequests")
        .WithSummary("A user's coupon requests, newest first")
        .Fails(WalletErrors.UserNotFound);
}

internal sealed class ListRequestsHandler(Db db, IMediator mediator, Cursors cursors)
    : IRequestHandler<ListRequests, Page<QueueEntry>>
{
    private const string SelectRequests = $"""
        {QueueEntryRow.Select}
        where r.user_id = @UserId and (@status::text is null or r.status = @status)
            and (@after::uuid is null or r.request_id < @after)
        order by r.request_id desc
        limit @limit
        """;

    private sealed record After(Guid RequestId);

    public async Task<Page<QueueEntry>> Handle(ListRequests request, CancellationToken cancellationToken)
    {
        var status = request.Status is { } wanted ? EnumNames.Of(wanted) : null;
        var list = $"coupon-requests/{request.UserId}/{status}";
        var after = cursors.Read<After>(list, request.Page)?.RequestId;
        var rows = await db.QueryAsync<QueueEntryRow>(
            SelectRequests, new { request.UserId, status, after, limit = request.Page.Size + 1 }, cancellationToken);
        if (rows.Count == 0 && !await mediator.Send(new UserExists(request.UserId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        return cursors.Page(list, request.Page, rows, last => new After(last.RequestId)).Select(row => row.ToEntry());
    }
}
