using System.ComponentModel.DataAnnotations;
using Shop.Catalog.Contracts;

namespace Shop.Coupons.Campaigns;

internal sealed record CreateCoupon(
    [property: MaxLength(TextLength.Name)] string Name, Discount Discount, int Quantity,
    DateTimeOffset IssueFrom, DateTimeOffset IssueUntil, DateTimeOffset ValidUntil,
    DateTimeOffset? ValidFrom = null, long? MinimumOrderAmount = null, Issuance? Issuance = null,
    CouponScope? Scope = null) : ICommand<Coupon>;

internal static class CreateCouponEndpoint
{
    public static void MapCreateCoupon(this IEndpointRouteBuilder coupons) => coupons
        .MapPost("", (CreateCoupon body, IdempotentSender commands, CancellationToken ct) =>
            commands.CreatedAsync(body, coupon => $"/api/v1/coupons/{coupon.CouponId}", ct))
        .WithName(nameof(CreateCoupon))
        .Fails(CatalogErrors.ProductNotFound, CatalogErrors.CategoryNotFound)
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
                + "issueUntil <= validUntil. Issuance is ANY where nothing is said. With a scope the discount is "
                + "taken of the items of these products, and of those in these categories or under them.");
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
        RuleFor(command => command.Scope).Must(scope => scope!.ProductIds is not null || scope.CategoryIds is not null)
            .WithMessage("Must have productIds, categoryIds or both.")
            .When(command => command.Scope is not null);
        RuleFor(command => command.Scope!.ProductIds!.Count).ScopeLength()
            .OverridePropertyName("scope.productIds")
            .When(command => command.Scope?.ProductIds is not null);
        RuleFor(command => command.Scope!.CategoryIds!.Count).ScopeLength()
            .OverridePropertyName("scope.categoryIds")
            .When(command => command.Scope?.CategoryIds is not null);
    }
}

internal sealed class CreateCouponHandler(Db db, IMediator mediator) : IRequestHandler<CreateCoupon, Coupon>
{
    private const string InsertCoupon = $"""
        insert into coupons.coupons
            (name, discount_type, discount_value, max_discount, minimum_order_amount, quantity, issue_from, issue_until,
                valid_from, valid_until, issuance, scope_products, scope_categories, created_at)
        values (@Name, @type, @Value, @MaxDiscount, @MinimumOrderAmount, @Quantity, @IssueFrom, @IssueUntil, @validFrom,
            @ValidUntil, @issuance, @products, @categories, (select shop.now()))
        returning {CouponRow.Columns}
        """;

    public async Task<Coupon> Handle(CreateCoupon request, CancellationToken cancellationToken)
    {
        if (request.Scope is not null)
            await CheckScopeAsync(request.Scope, cancellationToken);
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
                products = request.Scope?.ProductIds?.Distinct().ToArray(),
                categories = request.Scope?.CategoryIds?.Distinct().ToArray(),
            },
            cancellationToken);
        return row.ToCoupon();
    }

    private async Task CheckScopeAsync(CouponScope scope, CancellationToken ct)
    {
        if (scope.ProductIds is { } products)
        {
            var found = await mediator.Send(new FindProducts([.. products.Distinct()]), ct);
            foreach (var unknown in products.Except(found.Select(product => product.ProductId)))
                throw new ErrorException(CatalogErrors.ProductNotFound.Of(unknown));
        }

        if (scope.CategoryIds is { } categories
            && await mediator.Send(new FindUnknownCategory(categories), ct) is { } category)
            throw new ErrorException(CatalogErrors.CategoryNotFound.Of(category));
    }
}

internal static class CouponRules
{
    public static IRuleBuilderOptions<T, string?> CouponName<T>(this IRuleBuilder<T, string?> name) =>
        name.IsName(TextLength.Name);

    public static IRuleBuilderOptions<T, int> CouponQuantity<T>(this IRuleBuilder<T, int> quantity) =>
        quantity.InclusiveBetween(1, 10_000_000);

    public static IRuleBuilderOptions<T, int> ScopeLength<T>(this IRuleBuilder<T, int> count) =>
        count.InclusiveBetween(1, CouponScope.MaximumIds).WithMessage($"Must have 1 to {CouponScope.MaximumIds} ids.");
}
