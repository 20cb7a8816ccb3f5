using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Shop.Coupons.Contracts;

namespace Shop.Coupons.Campaigns;

/// <summary>Null leaves a member as it is. An end of issuing in the past stops it.</summary>
internal sealed record ChangeCoupon(long CouponId, string? Name, DateTimeOffset? IssueUntil) : ICommand<Change<Coupon>>;

/// <summary>The members that are present change; none of them may be null.</summary>
internal sealed class ChangeCouponRequest
{
    [DisallowNull, MaxLength(TextLength.Name)]
    public string? Name { get; init; }

    [DisallowNull]
    public DateTimeOffset? IssueUntil { get; init; }
}

internal static class ChangeCouponEndpoint
{
    public static void MapChangeCoupon(this IEndpointRouteBuilder coupons) => coupons
        .MapPatch("/{couponId:long}", async (
            long couponId, ChangeCouponRequest body, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(
                (await mediator.Send(new ChangeCoupon(couponId, body.Name, body.IssueUntil), ct)).After))
        .WithName(nameof(ChangeCoupon))
        .WithSummary("Renames a coupon, or moves the end of its issuing")
        .Fails(CouponErrors.NotFound)
        .WithExample(new { issueUntil = "2026-11-15T15:00:00Z" });
}

internal sealed class ChangeCouponValidator : AbstractValidator<ChangeCoupon>
{
    public ChangeCouponValidator()
    {
        RuleFor(command => command).Must(command => command.Name is not null || command.IssueUntil is not null)
            .OverridePropertyName("body").WithMessage("Must have at least one of name, issueUntil.");
        RuleFor(command => command.Name).CouponName().When(command => command.Name is not null);
    }
}

internal sealed class ChangeCouponHandler(Db db) : IRequestHandler<ChangeCoupon, Change<Coupon>>
{
    private const string LockCoupon =
        $"select {CouponRow.Columns} from coupons.coupons where coupon_id = @CouponId for no key update";

    private const string UpdateCoupon = $"""
        update coupons.coupons set name = coalesce(@Name, name), issue_until = coalesce(@IssueUntil, issue_until)
        where coupon_id = @CouponId
        returning {CouponRow.Columns}
        """;

    public async Task<Change<Coupon>> Handle(ChangeCoupon request, CancellationToken cancellationToken)
    {
        var before = await db.QuerySingleOrDefaultAsync<CouponRow>(
            LockCoupon, new { request.CouponId }, cancellationToken)
            ?? throw new ErrorException(CouponErrors.NotFound.Of(request.CouponId));
        if (request.IssueUntil > before.ValidUntil)
            throw Invalid.Field("issueUntil", "Must not be after validUntil.");
        var row = await db.QuerySingleAsync<CouponRow>(
            UpdateCoupon, new { request.CouponId, request.Name, request.IssueUntil }, cancellationToken);
        return new Change<Coupon>(before.ToCoupon(), row.ToCoupon());
    }
}
