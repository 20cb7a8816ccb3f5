using System.ComponentModel.DataAnnotations;

namespace Shop.Coupons.Campaigns;

internal sealed record CreateCoupon(
    [property: MaxLength(TextLength.Name)] string Name, Discount Discount, int Quantity,
    DateTimeOffset IssueFrom, DateTimeOffset IssueUntil, DateTimeOffset ValidUntil,
    DateTimeOffset? ValidFrom = null, long? MinimumOrderAmount = null, Issuance? Issuance = null) : ICommand<Coupon>;

internal static class CreateCouponEndpoint
{
    public static void MapCreateCoupon(this IEndpointRouteBuilder coupons) => coupons
        .MapPost("", (CreateCoupon body, IdempotentSender commands, CancellationToken ct) =>
            commands.CreatedAsync(body, coupon => $"/api/v1/coupons/{coupon.CouponId}", ct))
        .WithName(nameof(CreateCoupon))
        .WithSummary("Defines a coupon")
        .WithExample(new
        {
            name = "Autumn sale",
            discount = new Discount(DiscountType.Percent, 20, 30_000),
            quantity = 1_000,
            issueFrom = "2026-10-01T00:00:00Z",
            issueUntil = "2026-10-31T15:00:00Z",
            validUntil = "2026-12-31T15:00:00Z",
            minimumOrderAmount = 10_000,
        })
        .WithDescription(
            "PERCENT values are 1 to 100, amounts 1 to 1000000000000, the quantity 1 to 10000000; issueFrom < "
                + "issueUntil <= validUntil. Issuance is ANY where nothing is said.");
}

internal sealed class CreateCouponValidator : AbstractValidator<CreateCoupon>
{
    private const long MaximumAmount = 1_000_000_000_000;

    public CreateCouponValidator()
    {
        RuleFor(command => command.Name).CouponName();
        RuleFor(command => command.Discount.Value).InclusiveBetween(1, 100).When(
            command => command.Discount.Type == DiscountType.Percent);
        RuleFor(command => command.Discount.Value).InclusiveBetween(1, MaximumAmount).When(
            command => command.Discount.Type == DiscountType.Fixed);
        RuleFor(command => command.Discount.MaxDiscount).InclusiveBetween(1, MaximumAmount);
        RuleFor(command => command.MinimumOrderAmount).InclusiveBetween(1, MaximumAmount);
        RuleFor(command => command.Quantity).CouponQuantity();
        RuleFor(command => command.IssueUntil).GreaterThan(command => command.IssueFrom).LessThanOrEqualTo(
            command => command.ValidUntil);
        RuleFor(command => command.ValidUntil).GreaterThan(command => command.ValidFrom ?? command.IssueFrom);
    }
}

internal sealed class CreateCouponHandler(Db db) : IRequestHandler<CreateCoupon, Coupon>
{
    private const string InsertCoupon = $"""
        insert into coupons.coupons
            (name, discount_type, discount_value, max_discount, minimum_order_amount, quantity, issue_from, issue_until,
                valid_from, valid_until, issuance, created_at)
        values (@Name, @type, @Value, @MaxDiscount, @MinimumOrderAmount, @Quantity, @IssueFrom, @IssueUntil, @validFrom,
            @ValidUntil, @issuance, (select shop.now()))
        returning {CouponRow.Columns}
        """;

    public async Task<Coupon> Handle(CreateCoupon request, CancellationToken cancellationToken)
    {
        var row = await db.QuerySingleAsync<CouponRow>(
            InsertCoupon,
            new
            {
                request.Name,
                type = EnumNames.Of(request.Discount.Type),
                request.Discount.Value,
                request.Discount.MaxDiscount,
                request.MinimumOrderAmount,
                request.Quantity,
                request.IssueFrom,
                request.IssueUntil,
                validFrom = request.ValidFrom ?? request.IssueFrom,
                request.ValidUntil,
                issuance = EnumNames.Of(request.Issuance ?? Issuance.Any),
            },
            cancellationToken);
        return row.ToCoupon();
    }
}

internal static class CouponRules
{
    public static IRuleBuilderOptions<T, string?> CouponName<T>(this IRuleBuilder<T, string?> name) =>
        name.IsName(TextLength.Name);

    public static IRuleBuilderOptions<T, int> CouponQuantity<T>(this IRuleBuilder<T, int> quantity) =>
        quantity.InclusiveBetween(1, 10_000_000);
}
