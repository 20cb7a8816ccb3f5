using System.ComponentModel.DataAnnotations;
using Shop.Catalog.Stock;

namespace Shop.Catalog.Products;

internal sealed record CreateProduct(
    string Name, string? Description, long Price, long Stock, ProductStatus Status, DateTimeOffset? SellFrom,
    DateTimeOffset? SellUntil, int? MaxPerOrder, int? MaxPerUser) : ICommand<ProductView>;

internal sealed record CreateProductRequest(
    [property: MaxLength(TextLength.Name)] string Name, long Price, long Stock,
    [property: MaxLength(ProductRules.DescriptionLength)] string? Description = null, ProductStatus? Status = null,
    DateTimeOffset? SellFrom = null, DateTimeOffset? SellUntil = null, int? MaxPerOrder = null,
    int? MaxPerUser = null);

internal static class CreateProductEndpoint
{
    public static void MapCreateProduct(this IEndpointRouteBuilder products) => products
        .MapPost("", (CreateProductRequest body, IdempotentSender commands, CancellationToken ct) =>
        {
            var command = new CreateProduct(
                body.Name, body.Description, body.Price, body.Stock, body.Status ?? ProductStatus.Selling,
                body.SellFrom, body.SellUntil, body.MaxPerOrder, body.MaxPerUser);
            return commands.CreatedAsync(command, product => $"/api/v1/products/{product.ProductId}", ct);
        })
        .WithName(nameof(CreateProduct))
        .WithSummary("Adds a product and its first stock")
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
    }
}

internal sealed class CreateProductHandler(Db db) : IRequestHandler<CreateProduct, ProductView>
{
    // Stock on hand is the sum of its movements: where it begins with nothing there is nothing to enter.
    private const string InsertProduct = """
        with product as (
            insert into catalog.products (name, description, price, status, created_at, sell_from, sell_until)
            values (@Name, @Description, @Price, @status, (select shop.now()), @SellFrom, @SellUntil)
            returning product_id, created_at),
        stock as (
            insert into catalog.stock (product_id, on_hand, reserved, max_per_order, max_per_user, limit_period)
            select product_id, @Stock, 0, @MaxPerOrder, @MaxPerUser, (@MaxPerUser::int is not null)::int from product),
        movement as (
            insert into catalog.stock_movements (product_id, type, delta, on_hand_after, occurred_at)
            select product_id, 'INITIAL', @Stock, @Stock, created_at from product where @Stock > 0)
        select product_id from product
        """;

    public async Task<ProductView> Handle(CreateProduct request, CancellationToken cancellationToken)
    {
        var productId = await db.QuerySingleAsync<long>(
            InsertProduct,
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
            },
            cancellationToken);
        return new ProductView(
            productId, request.Name, request.Description, request.Price, request.Stock, request.Status,
            request.SellFrom, request.SellUntil, request.MaxPerOrder, request.MaxPerUser);
    }
}
