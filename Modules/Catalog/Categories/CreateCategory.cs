using System.ComponentModel.DataAnnotations;
using Shop.Catalog.Contracts;

namespace Shop.Catalog.Categories;

internal sealed record CreateCategory(string Name, long? ParentId) : ICommand<Category>;

internal sealed record CreateCategoryRequest(
    [property: MaxLength(TextLength.Name)] string Name, long? ParentId = null);

internal static class CreateCategoryEndpoint
{
    public static void MapCreateCategory(this IEndpointRouteBuilder categories) => categories
        .MapPost("", (CreateCategoryRequest body, IdempotentSender commands, CancellationToken ct) =>
            commands.CreatedAsync(new CreateCategory(body.Name, body.ParentId), _ => null, ct))
        .WithName(nameof(CreateCategory))
        .WithSummary("Adds a category, at the root or under another")
        .Fails(CatalogErrors.CategoryNotFound, CatalogErrors.CategoryDepth, CatalogErrors.TooManyCategories)
        .WithExample(new CreateCategoryRequest("키보드", 1))
        .WithDescription("There are three levels. Categories are not deleted.");
}

internal sealed class CreateCategoryValidator : AbstractValidator<CreateCategory>
{
    public CreateCategoryValidator() => RuleFor(command => command.Name).CategoryName();
}

internal sealed class CreateCategoryHandler(Db db) : IRequestHandler<CreateCategory, Category>
{
    private const string InsertCategory = """
        insert into catalog.categories (name, parent_id, level) values (@Name, @ParentId, @level)
        returning category_id, name, parent_id
        """;

    public async Task<Category> Handle(CreateCategory request, CancellationToken cancellationToken)
    {
        var tree = await CategoryStore.LockTreeAsync(db, cancellationToken);
        var level = tree.Place(categoryId: null, request.ParentId).Value;
        if (tree.Count >= CategoryStore.Maximum)
            throw new ErrorException(CatalogErrors.TooManyCategories.Of(CategoryStore.Maximum));
        return await db.QuerySingleAsync<Category>(
            InsertCategory, new { request.Name, request.ParentId, level }, cancellationToken);
    }
}
