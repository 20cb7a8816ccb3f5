using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Catalog.Categories;
using Shop.Catalog.Contracts;
using Shop.Catalog.Stock;

namespace Shop.Catalog.Products;

/// <param name="LowStockThreshold">Null is the default of the setting; a null in it is none.</param>
internal sealed record CreateProduct(
    string Name, string? Description, long Price, long Stock, ProductStatus Status, long[] CategoryIds,
    ProductImage[] Images, DateTimeOffset? SellFrom, DateTimeOffset? SellUntil, int? MaxPerOrder, int? MaxPerUser,
    Changed<long>? LowStockThreshold, string? Sku) : ICommand<ProductView>;

internal sealed record CreateProductRequest(
    [property: MaxLength(TextLength.Name)] string Name, long Price, long Stock,
    [property: MaxLength(ProductRules.DescriptionLength)] string? Description = null, ProductStatus? Status = null,
    [property: MaxLength(ProductRules.Categories)] long[]? CategoryIds = null,
    [property: MaxLength(ProductRules.Images)] ProductImage[]? Images = null,
    DateTimeOffset? SellFrom = null, DateTimeOffset? SellUntil = null, int? MaxPerOrder = null,
    int? MaxPerUser = null, [property: MaxLength(ProductRules.SkuLength)] string? Sku = null)
{
    private readonly Changed<long>? lowStockThreshold;

    [Description("The setting Catalog:LowStockThreshold without it; null: the stock is never low.")]
    public long? LowStockThreshold
    {
        get => lowStockThreshold?.Value;
        init => lowStockThreshold = new(value);
    }

    public CreateProduct ToCommand() => new(
        Name, Description, Price, Stock, Status ?? ProductStatus.Selling, CategoryIds ?? [], Images ?? [], SellFrom,
        SellUntil, MaxPerOrder, MaxPerUser, lowStockThreshold, Sku);
}

internal static class CreateProductEndpoint
{
    public static void MapCreateProduct(this IEndpointRouteBuilder products) => products
        .MapPost("", (CreateProductRequest body, IdempotentSender commands, CancellationToken ct) =>
            commands.CreatedAsync(body.ToCommand(), product => $"/api/v1/products/{product.ProductId}", ct))
        .WithName(nameof(CreateProduct))
        .WithSummary("Adds a product and its first stock")
        .Fails(CatalogErrors.CategoryNotFound, CatalogErrors.SkuTaken)
        .WithExample(new CreateProductRequest("기계식 키보드", 129_000, 25, "Brown switches", ProductStatus.Selling))
        .WithDescription(
            "A name has 1 to 200 characters, a description at most 10000; price and stock are 0 to 1000000000.");
}

internal sealed class CreateProductValidator : AbstractValidator<CreateProduct>
{
    public CreateProductValidator()
    {
        RuleFor(command => command.Name).ProductName();
        RuleFor(command => command.Description).ProductDescription();
        RuleFor(command => command.Price).ProductPrice();
        RuleFor(command => command.Stock).InclusiveBetween(0, StockLimit.OnHand);
        RuleFor(command => command.SellUntil).GreaterThan(command => command.SellFrom)
            .When(command => command.SellFrom is not null && command.SellUntil is not null);
        RuleFor(command => command.MaxPerOrder).PurchaseLimit();
        RuleFor(command => command.MaxPerUser).PurchaseLimit();
        RuleFor(command => command.LowStockThreshold!.Value.Value).StockThreshold()
            .OverridePropertyName(nameof(CreateProduct.LowStockThreshold))
            .When(command => command.LowStockThreshold is not null);
        RuleFor(command => command.Sku).ProductSku();
        RuleFor(command => command.CategoryIds).ProductCategories();
        RuleFor(command => command.Images).ProductImages();
        RuleForEach(command => command.Images).NotNull().SetValidator(new ProductImageValidator());
    }
}

internal sealed class CreateProductHandler(Db db, IOptions<CatalogOptions> options)
    : IRequestHandler<CreateProduct, ProductView>
{
    // Stock on hand is the sum of its movements: where it begins with nothing there is nothing to enter.
    private const string InsertProduct = """
        with product as (
            insert into catalog.products (
                name, description, price, status, created_at, sell_from, sell_until, category_ids, images,
                sku)
            values (
                @Name, @Description, @Price, @status, (select shop.now()), @SellFrom, @SellUntil, @categoryIds,
                @Images, @Sku)
            returning product_id, created_at),
        stock as (
            insert into catalog.stock (
                product_id, on_hand, reserved, max_per_order, max_per_user, limit_period, low_stock_threshold)
            select product_id, @Stock, 0, @MaxPerOrder, @MaxPerUser, (@MaxPerUser::int is not null)::int,
                @threshold::bigint
            from product),
        movement as (
            insert into catalog.stock_movements (product_id, type, delta, on_hand_after, occurred_at)
            select product_id, 'INITIAL', @Stock, @Stock, created_at from product where @Stock > 0)
        select product_id from product
        """;

    public async Task<ProductView> Handle(CreateProduct request, CancellationToken cancellationToken)
    {
        var categoryIds = request.CategoryIds.Distinct().ToArray();
        await CategoryStore.MustExistAsync(db, categoryIds, cancellationToken);
        var threshold = request.LowStockThreshold is { } given ? given.Value : options.Value.LowStockThreshold;
        var productId = await InsertAsync(
            new
            {
                request.Name,
                request.Description,
                request.Price,
                request.Stock,
                status = EnumNames.Of(request.Status),
                request.SellFrom,
                request.SellUntil,
                request.MaxPerOrder,
                request.MaxPerUser,
                categoryIds,
                request.Images,
                threshold,
                request.Sku,
            },
            request.Sku,
            cancellationToken);
        return new ProductView(
            productId, request.Name, request.Description, request.Price, request.Stock, request.Status,
            categoryIds, request.Images, request.SellFrom, request.SellUntil, request.MaxPerOrder, request.MaxPerUser,
            threshold, request.Sku);
    }

    private async Task<long> InsertAsync(object product, string? sku, CancellationToken ct)
    {
        try
        {
            return await db.QuerySingleAsync<long>(InsertProduct, product, ct);
        }
        catch (PostgresException error) when (ProductView.IsSkuTaken(error))
        {
            throw new ErrorException(CatalogErrors.SkuTaken.Of(sku!));
        }
    }
}
