using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Shop.Catalog.Contracts;

namespace Shop.Catalog.Products;

/// <summary>
/// Null leaves a member as it is; only the description can become null, so it says itself whether it changes.
/// </summary>
internal sealed record ChangeProduct(long ProductId, string? Name, bool ChangesDescription, string? Description, long? Price, ProductStatus? Status)
    : ICommand<Change<ProductView>>;

/// <summary>
/// The members that are present change. A null is refused where the product can't be without a value.
/// </summary>
internal sealed class ChangeProductRequest
{
    private readonly string? description;
    private readonly bool changesDescription;

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

    public ChangeProduct For(long productId) => new(productId, Name, changesDescription, Description, Price, Status);
}

internal static class ChangeProductEndpoint
{
    public static void MapChangeProduct(this IEndpointRouteBuilder products) => products
        .MapPatch("/{productId:long}", async (long productId, ChangeProductRequest body, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok((await mediator.Send(body.For(productId), ct)).After))
        .WithName(nameof(ChangeProduct))
        .WithSummary("Changes what is given of a product")
        .Fails(CatalogErrors.ProductNotFound)
        .WithExample(new ChangeProductRequest { Price = 119_000 })
        .WithDescription("Members that are not given stay as they are. A null empties the description and is refused elsewhere.");
}

internal sealed class ChangeProductValidator : AbstractValidator<ChangeProduct>
{
    public ChangeProductValidator()
    {
        RuleFor(command => command).Must(HasChange).OverridePropertyName("body")
            .WithMessage("Must have at least one of name, description, price, status.");
        RuleFor(command => command.Name).ProductName().When(command => command.Name is not null);
        RuleFor(command => command.Description).ProductDescription();
        RuleFor(command => command.Price!.Value).ProductPrice().OverridePropertyName(nameof(ChangeProduct.Price)).When(command => command.Price is not null);
    }

    private static bool HasChange(ChangeProduct command) =>
        command.Name is not null || command.ChangesDescription || command.Price is not null || command.Status is not null;
}

internal sealed class ChangeProductHandler(Db db) : IRequestHandler<ChangeProduct, Change<ProductView>>
{
    private const string LockProduct = """
        select p.product_id, p.name, p.description, p.price, s.on_hand - s.reserved as stock, p.status
        from catalog.products p join catalog.stock s on s.product_id = p.product_id
        where p.product_id = @ProductId for no key update of p
        """;

    private const string UpdateProduct = """
        update catalog.products p
        set name = coalesce(@Name, p.name),
            description = case when @ChangesDescription then @Description else p.description end,
            price = coalesce(@Price, p.price),
            status = coalesce(@status, p.status)
        from catalog.stock s
        where p.product_id = @ProductId and s.product_id = p.product_id
        returning p.product_id, p.name, p.description, p.price, s.on_hand - s.reserved as stock, p.status
        """;

    public async Task<Change<ProductView>> Handle(ChangeProduct request, CancellationToken cancellationToken)
    {
        var before = await db.QuerySingleOrDefaultAsync<ProductView>(
            LockProduct, new { request.ProductId }, cancellationToken)
            ?? throw new ErrorException(ProductView.NotFound(request.ProductId));
        var status = request.Status is { } changed ? EnumNames.Of(changed) : null;
        var after = await db.QuerySingleAsync<ProductView>(
            UpdateProduct,
            new { request.ProductId, request.Name, request.ChangesDescription, request.Description, request.Price, status },
            cancellationToken);
        // Stock moves with every order: it is no part of the change.
        return new Change<ProductView>(before with { Stock = after.Stock }, after);
    }
}
