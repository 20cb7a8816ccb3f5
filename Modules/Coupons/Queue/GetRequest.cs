using Shop.Coupons.Contracts;
namespace Shop.Coupons.Queue;

internal sealed record GetRequest(Guid RequestId, Caller Caller) : IQuery<QueueEntry>;

internal static class GetRequestEndpoint
{
    public static void MapGetRequest(this IEndpointRouteBuilder requests) => requests
        .MapGet("", async (Guid requestId, Caller caller, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new GetRequest(requestId, caller), ct)))
        .WithName("GetCouponRequest")
        .WithSummary("What became of a coupon request")
        .Fails(CouponErrors.RequestNotFound);
}

internal sealed class GetRequestHandler(Db db) : IRequestHandler<GetRequest, QueueEntry>
{
    // Another user's request is not found, rather than forbidden: ids tell nothing.
    private const string SelectRequest = $"{QueueEntryRow.Select} where r.request_id = @RequestId";

    public async Task<QueueEntry> Handle(GetRequest request, CancellationToken cancellationToken)
    {
        var row = await db.QuerySingleOrDefaultAsync<QueueEntryRow>(
            SelectRequest, new { request.RequestId }, cancellationToken);
        return row is not null && request.Caller.MayRead(row.UserId, Permissions.UsersRead)
            ? row.ToEntry()
            : throw new ErrorException(CouponErrors.RequestNotFound.Of(request.RequestId));
    }
}
