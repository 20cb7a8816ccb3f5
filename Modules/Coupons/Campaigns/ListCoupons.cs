namespace Shop.Coupons.Campaigns;

/// <param name="OpenOnly">Only those that a customer can ask for, and whose issue window is open now.</param>
internal sealed record ListCoupons(bool OpenOnly, PageRequest Page) : IQuery<Page<Coupon>>;

internal static class ListCouponsEndpoints
{
    public static void MapListCoupons(this IEndpointRouteBuilder coupons) => coupons
        .MapGet("", async ([AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ListCoupons(OpenOnly: false, page), ct)))
        .WithName(nameof(ListCoupons))
        .WithSummary("All coupons, newest first");

    public static void MapListOpenCoupons(this IEndpointRouteBuilder coupons) => coupons
        .MapGet("", async ([AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ListCoupons(OpenOnly: true, page), ct)))
        .AllowAnonymous()
        .WithName("ListOffers")
        .WithSummary("Coupons that can be had now, sold out ones too, newest first");
}

internal sealed class ListCouponsHandler(Db db, Cursors cursors) : IRequestHandler<ListCoupons, Page<Coupon>>
{
    private const string SelectCoupons = $"""
        select {CouponRow.Columns} from coupons.coupons
        where (not @OpenOnly or (issue_from <= (select shop.now()) and (select shop.now()) < issue_until
                and status = 'ACTIVE' and issuance in ('ANY', 'DIRECT', 'LINE')))
            and (@after::bigint is null or coupon_id < @after)
        order by coupon_id desc
        limit @limit
        """;

    private sealed record After(long CouponId);

    public async Task<Page<Coupon>> Handle(ListCoupons request, CancellationToken cancellationToken)
    {
        var list = request.OpenOnly ? "coupons/offers" : "coupons";
        var after = cursors.Read<After>(list, request.Page)?.CouponId;
        var rows = await db.QueryAsync<CouponRow>(
            SelectCoupons, new { request.OpenOnly, after, limit = request.Page.Size + 1 }, cancellationToken);
        return cursors.Page(list, request.Page, rows, last => new After(last.CouponId)).Select(row => row.ToCoupon());
    }
}
