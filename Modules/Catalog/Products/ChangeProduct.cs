using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Npgsql;
using Shop.Catalog.Categories;
using Shop.Catalog.Contracts;
using Shop.Catalog.Stock;

namespace Shop.Catalog.Products;

/// <summary>
/// Null leaves a member as it is; members that can become null say themselves whether they change.
/// </summary>
internal sealed record ChangeProduct(
    long ProductId, string? Name, bool ChangesDescription, string? Description, long? Price, ProductStatus? Status)
    : ICommand<Change<ProductView>>
{
    public IfMatch IfMatch { get; init; } = IfMatch.Any;

    public Changed<DateTimeOffset>? SellFrom { get; init; }

    public Changed<DateTimeOffset>? SellUntil { get; init; }

    public Changed<int>? MaxPerOrder { get; init; }

    public Changed<int>? MaxPerUser { get; init; }

    public Changed<long>? LowStockThreshold { get; init; }

    public long[]? CategoryIds { get; init; }

    public ProductImage[]? Images { get; init; }

    public bool ChangesSku { get; init; }

    public string? Sku { get; init; }
}

/// <summary>
/// The members that are present change. A null is refused where the product can't be without a value.
/// </summary>
internal sealed class ChangeProductRequest
{
    private readonly string? description;
    private readonly bool changesDescription;
    private readonly string? sku;
    private readonly bool changesSku;
    private readonly Changed<DateTimeOffset>? sellFrom;
    private readonly Changed<DateTimeOffset>? sellUntil;
    private readonly Changed<int>? maxPerOrder;
    private readonly Changed<int>? maxPerUser;
    private readonly Changed<long>? lowStockThreshold;

    [DisallowNull, MaxLength(TextLength.Name)]
    public string? Name { get; init; }

    [MaxLength(ProductRules.DescriptionLength)]
    public string? Description
    {
        get => description;
        init
        {
            description = value;
            changesDescription = true;
        }
    }

    [DisallowNull]
    public long? Price { get; init; }

    [DisallowNull]
    public ProductStatus? Status { get; init; }

    public DateTimeOffset? SellFrom
    {
        get => sellFrom?.Value;
        init => sellFrom = new(value);
    }

    public DateTimeOffset? SellUntil
    {
        get => sellUntil?.Value;
        init => sellUntil = new(value);
    }

    public int? MaxPerOrder
    {
        get => maxPerOrder?.Value;
        init => maxPerOrder = new(value);
    }

    public int? MaxPerUser
    {
        get => maxPerUser?.Value;
        init => maxPerUser = new(value);
    }

    public long? LowStockThreshold
    {
        get => lowStockThreshold?.Value;
        init => lowStockThreshold = new(value);
    }

    [DisallowNull, MaxLength(ProductRules.Categories)]
    public long[]? CategoryIds { get; init; }

    [DisallowNull, MaxLength(ProductRules.Images)]
    public ProductImage[]? Images { get; init; }

    [MaxLength(ProductRules.SkuLength)]
    public string? Sku
    {
        get => sku;
        init
        {
            sku = value;
            changesSku = true;
        }
    }

    public ChangeProduct For(long productId) => new(productId, Name, changesDescription, Description, Price, Status)
    {
        SellFrom = sellFrom,
        SellUntil = sellUntil,
        MaxPerOrder = maxPerOrder,
        MaxPerUser = maxPerUser,
        LowStockThreshold = lowStockThreshold,
        CategoryIds = CategoryIds,
        Images = Images,
        ChangesSku = changesSku,
        Sku = sku,
    };
}

internal static class ChangeProductEndpoint
{
    public static void MapChangeProduct(this IEndpointRouteBuilder products) => products
        .MapPatch("/{productId:long}", async (
            long productId, ChangeProductRequest body, IfMatch ifMatch, IMediator mediator, CancellationToken ct) =>
            TaggedResults.Ok((await mediator.Send(body.For(productId) with { IfMatch = ifMatch }, ct)).After))
        .WithName(nameof(ChangeProduct))
        .WithSummary("Changes what is given of a product")
        .Fails(CatalogErrors.ProductNotFound, CatalogErrors.CategoryNotFound, CatalogErrors.SkuTaken)
        .WithExample(new ChangeProductRequest { Price = 119_000 })
        .WithDescription(
            "Members that are not given stay as they are. A null takes the description, the SKU, the window, the "
            + "limits and the threshold away, and is refused elsewhere.");
}

internal sealed class ChangeProductValidator : AbstractValidator<ChangeProduct>
{
    public ChangeProductValidator()
    {
        RuleFor(command => command).Must(HasChange).OverridePropertyName("body")
            .WithMessage("Must have at least one of name, description, price, status, sellFrom, sellUntil, "
                + "maxPerOrder, maxPerUser, lowStockThreshold, categoryIds, images, sku.");
        RuleFor(command => command.Sku).ProductSku();
        RuleFor(command => command.LowStockThreshold!.Value.Value).StockThreshold()
            .OverridePropertyName(nameof(ChangeProduct.LowStockThreshold))
            .When(command => command.LowStockThreshold is not null);
        RuleFor(command => command.CategoryIds).ProductCategories();
        RuleFor(command => command.Images).ProductImages();
        RuleForEach(command => command.Images).NotNull().SetValidator(new ProductImageValidator());
        RuleFor(command => command.MaxPerOrder!.Value.Value).PurchaseLimit()
            .OverridePropertyName(nameof(ChangeProduct.MaxPerOrder)).When(command => command.MaxPerOrder is not null);
        RuleFor(command => command.MaxPerUser!.Value.Value).PurchaseLimit()
            .OverridePropertyName(nameof(ChangeProduct.MaxPerUser)).When(command => command.MaxPerUser is not null);
        RuleFor(command => command.Name).ProductName().When(command => command.Name is not null);
        RuleFor(command => command.Description).ProductDescription();
        RuleFor(command => command.Price!.Value).ProductPrice()
            .OverridePropertyName(nameof(ChangeProduct.Price))
            .When(command => command.Price is not null);
    }

    public static bool HasChange(ChangeProduct command) =>
        command.Name is not null || command.ChangesDescription || command.Price is not null
        || command.Status is not null
        || command.SellFrom is not null || command.SellUntil is not null || command.MaxPerOrder is not null
        || command.MaxPerUser is not null || command.LowStockThreshold is not null
        || command.CategoryIds is not null || command.Images is not null || command.ChangesSku;
}

internal sealed class ChangeProductHandler(Db db, StockLocks locks)
    : IRequestHandler<ChangeProduct, Change<ProductView>>
{
    private const string UpdateProduct = $"""
        update catalog.products p
        set name = coalesce(@Name, p.name),
            description = case when @ChangesDescription then @Description else p.description end,
            price = coalesce(@Price, p.price),
            status = coalesce(@status, p.status),
            sell_from = case when @changesFrom then @sellFrom else p.sell_from end,
            sell_until = case when @changesUntil then @sellUntil else p.sell_until end,
            category_ids = coalesce(@categoryIds, p.category_ids),
            images = coalesce(@images, p.images),
            sku = case when @ChangesSku then @Sku else p.sku end
        from catalog.stock s
        where p.product_id = @ProductId and s.product_id = p.product_id
        returning {ProductView.Columns}
        """;

    // A limit that was not there begins a period in which pieces are counted.
    private const string UpdateLimits = """
        update catalog.stock
        set max_per_order = case when @changesPerOrder then @maxPerOrder else max_per_order end,
            max_per_user = case when @changesPerUser then @maxPerUser else max_per_user end,
            limit_period = limit_period
                + (@changesPerUser and max_per_user is null and @maxPerUser::int is not null)::int,
            low_stock_threshold = case when @changesThreshold then @lowStockThreshold else low_stock_threshold end
        where product_id = @ProductId
        """;

    public async Task<Change<ProductView>> Handle(ChangeProduct request, CancellationToken cancellationToken)
    {
        // The stock's lock is that of the product and its limits: orders decide behind it.
        locks.Lock([request.ProductId]);
        await db.FlushAsync(cancellationToken);
        var before = await db.QuerySingleOrDefaultAsync<ProductView>(
            ProductView.Select, new { request.ProductId }, cancellationToken)
            ?? throw new ErrorException(ProductView.NotFound(request.ProductId));
        request.IfMatch.Check(before);
        CheckWindow(request, before);
        if (request.CategoryIds is { } categoryIds)
            await CategoryStore.MustExistAsync(db, categoryIds, cancellationToken);
        if (request.MaxPerOrder is not null || request.MaxPerUser is not null || request.LowStockThreshold is not null)
            await ChangeLimitsAsync(request, cancellationToken);
        var status = request.Status is { } changed ? EnumNames.Of(changed) : null;
        var after = await UpdateAsync(
            new
            {
                request.ProductId,
                request.Name,
                request.ChangesDescription,
                request.Description,
                request.Price,
                status,
                changesFrom = request.SellFrom is not null,
                sellFrom = request.SellFrom?.Value,
                changesUntil = request.SellUntil is not null,
                sellUntil = request.SellUntil?.Value,
                categoryIds = request.CategoryIds?.Distinct().ToArray(),
                images = request.Images,
                request.ChangesSku,
                request.Sku,
            },
            request.Sku,
            cancellationToken);
        // Stock moves with every order: it is no part of the change.
        return new Change<ProductView>(before with { Stock = after.Stock }, after);
    }

    private async Task<ProductView> UpdateAsync(object changes, string? sku, CancellationToken ct)
    {
        try
        {
            return await db.QuerySingleAsync<ProductView>(UpdateProduct, changes, ct);
        }
        catch (PostgresException error) when (ProductView.IsSkuTaken(error))
        {
            throw new ErrorException(CatalogErrors.SkuTaken.Of(sku!));
        }
    }

    private static void CheckWindow(ChangeProduct request, ProductView before)
    {
        var from = request.SellFrom is { } newFrom ? newFrom.Value : before.SellFrom;
        var until = request.SellUntil is { } newUntil ? newUntil.Value : before.SellUntil;
        if (from >= until)
            throw Invalid.Field("sellUntil", "Must be later than sellFrom.");
    }

    private Task<int> ChangeLimitsAsync(ChangeProduct request, CancellationToken ct) => db.ExecuteAsync(
        UpdateLimits,
        new
        {
            request.ProductId,
            changesPerOrder = request.MaxPerOrder is not null,
            maxPerOrder = request.MaxPerOrder?.Value,
            changesPerUser = request.MaxPerUser is not null,
            maxPerUser = request.MaxPerUser?.Value,
            changesThreshold = request.LowStockThreshold is not null,
            lowStockThreshold = request.LowStockThreshold?.Value,
        },
        ct);
}
