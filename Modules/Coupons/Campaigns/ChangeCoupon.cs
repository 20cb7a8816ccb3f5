using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Shop.Coupons.Contracts;

namespace Shop.Coupons.Campaigns;

/// <summary>Null leaves a member as it is. An end of issuing in the past stops it.</summary>
/// <param name="ValidUntil">Of coupons that are issued from now on.</param>
internal sealed record ChangeCoupon(
    long CouponId, string? Name, DateTimeOffset? IssueUntil, DateTimeOffset? ValidUntil, int? Quantity,
    CouponStatus? Status) : ICommand<Change<Coupon>>
{
    public IfMatch IfMatch { get; init; } = IfMatch.Any;
}

/// <summary>The members that are present change; none of them may be null.</summary>
internal sealed class ChangeCouponRequest
{
    [DisallowNull, MaxLength(TextLength.Name)]
    public string? Name { get; init; }

    [DisallowNull]
    public DateTimeOffset? IssueUntil { get; init; }

    [DisallowNull]
    public DateTimeOffset? ValidUntil { get; init; }

    [DisallowNull]
    public int? Quantity { get; init; }

    [DisallowNull]
    public CouponStatus? Status { get; init; }

    public ChangeCoupon For(long couponId) => new(couponId, Name, IssueUntil, ValidUntil, Quantity, Status);
}

internal static class ChangeCouponEndpoint
{
    public static void MapChangeCoupon(this IEndpointRouteBuilder coupons) => coupons
        .MapPatch("/{couponId:long}", async (
            long couponId, ChangeCouponRequest body, IfMatch ifMatch, IMediator mediator, CancellationToken ct) =>
            TaggedResults.Ok((await mediator.Send(body.For(couponId) with { IfMatch = ifMatch }, ct)).After))
        .WithName(nameof(ChangeCoupon))
        .WithSummary("Changes what is given of a coupon: stops it, raises it, extends it")
        .Fails(CouponErrors.NotFound, CouponErrors.QuantityBelowIssued)
        .WithExample(new { quantity = 2_000, issueUntil = "2026-11-15T15:00:00Z" })
        .WithDescription(
            "A validUntil holds for what is issued from now on. STOPPED: none is issued, those in line fail with "
                + "coupons.stopped, and held ones can't be used for new orders; ACTIVE takes that back.");
}

internal sealed class ChangeCouponValidator : AbstractValidator<ChangeCoupon>
{
    public ChangeCouponValidator()
    {
        RuleFor(command => command).Must(HasChange).OverridePropertyName("body")
            .WithMessage("Must have at least one of name, issueUntil, validUntil, quantity, status.");
        RuleFor(command => command.Name).CouponName().When(command => command.Name is not null);
        RuleFor(command => command.Quantity!.Value).CouponQuantity()
            .OverridePropertyName(nameof(ChangeCoupon.Quantity))
            .When(command => command.Quantity is not null);
    }

    private static bool HasChange(ChangeCoupon command) =>
        command.Name is not null || command.IssueUntil is not null || command.ValidUntil is not null
        || command.Quantity is not null || command.Status is not null;
}

internal sealed class ChangeCouponHandler(Db db) : IRequestHandler<ChangeCoupon, Change<Coupon>>
{
    // Coupons are issued behind this lock, so the row stays as it was decided against.
    private const string LockCoupon =
        $"select {CouponRow.Columns} from coupons.coupons where coupon_id = @CouponId for no key update";

    private const string UpdateCoupon = $"""
        update coupons.coupons
        set name = coalesce(@Name, name), issue_until = coalesce(@IssueUntil, issue_until),
            valid_until = coalesce(@ValidUntil, valid_until), quantity = coalesce(@Quantity, quantity),
            status = coalesce(@status, status)
        where coupon_id = @CouponId
        returning {CouponRow.Columns}
        """;

    public async Task<Change<Coupon>> Handle(ChangeCoupon request, CancellationToken cancellationToken)
    {
        var before = await db.QuerySingleOrDefaultAsync<CouponRow>(
            LockCoupon, new { request.CouponId }, cancellationToken)
            ?? throw new ErrorException(CouponErrors.NotFound.Of(request.CouponId));
        request.IfMatch.Check(before.ToCoupon());
        CheckWindows(request, before);
        if (request.Quantity < before.Issued)
            throw new ErrorException(CouponErrors.QuantityBelowIssued.Of(before.Issued));
        var status = request.Status is { } changed ? EnumNames.Of(changed) : null;
        var row = await db.QuerySingleAsync<CouponRow>(
            UpdateCoupon,
            new { request.CouponId, request.Name, request.IssueUntil, request.ValidUntil, request.Quantity, status },
            cancellationToken);
        return new Change<Coupon>(before.ToCoupon(), row.ToCoupon());
    }

    private static void CheckWindows(ChangeCoupon request, CouponRow before)
    {
        var issueUntil = request.IssueUntil ?? before.IssueUntil;
        var validUntil = request.ValidUntil ?? before.ValidUntil;
        if (request.IssueUntil is not null && issueUntil > validUntil)
            throw Invalid.Field("issueUntil", "Must not be after validUntil.");
        if (issueUntil > validUntil)
            throw Invalid.Field("validUntil", "Must not be before issueUntil.");
        if (before.ValidFrom >= validUntil)
            throw Invalid.Field("validUntil", "Must be later than validFrom.");
    }
}
