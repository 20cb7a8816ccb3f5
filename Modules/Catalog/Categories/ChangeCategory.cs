using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Shop.Catalog.Contracts;

namespace Shop.Catalog.Categories;

/// <param name="Name">Null leaves it as it is.</param>
/// <param name="ParentId">Null leaves it where it is.</param>
internal sealed record ChangeCategory(long CategoryId, string? Name, Changed<long>? ParentId)
    : ICommand<Change<Category>>;

/// <summary>The members that are present change.</summary>
internal sealed class ChangeCategoryRequest
{
    private readonly Changed<long>? parentId;

    [DisallowNull, MaxLength(TextLength.Name)]
    public string? Name { get; init; }

    public long? ParentId
    {
        get => parentId?.Value;
        init => parentId = new(value);
    }

    public ChangeCategory For(long categoryId) => new(categoryId, Name, parentId);
}

internal static class ChangeCategoryEndpoint
{
    public static void MapChangeCategory(this IEndpointRouteBuilder categories) => categories
        .MapPatch("/{categoryId:long}", async (
            long categoryId, ChangeCategoryRequest body, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok((await mediator.Send(body.For(categoryId), ct)).After))
        .WithName(nameof(ChangeCategory))
        .WithSummary("Renames a category, or moves it with all that is under it")
        .Fails(CatalogErrors.CategoryNotFound, CatalogErrors.CategoryDepth)
        .WithExample(new ChangeCategoryRequest { Name = "입력 장치" })
        .WithDescription("Members that are not given stay as they are. A parentId of null moves to the root.");
}

internal sealed class ChangeCategoryValidator : AbstractValidator<ChangeCategory>
{
    public ChangeCategoryValidator()
    {
        RuleFor(command => command).Must(command => command.Name is not null || command.ParentId is not null)
            .OverridePropertyName("body").WithMessage("Must have at least one of name, parentId.");
        RuleFor(command => command.Name).CategoryName().When(command => command.Name is not null);
    }
}

internal sealed class ChangeCategoryHandler(Db db) : IRequestHandler<ChangeCategory, Change<Category>>
{
    // In one statement: the key to the parent's level is checked at its end.
    private const string UpdateCategories = """
        update catalog.categories
        set name = case when category_id = @CategoryId then @Name else name end,
            parent_id = case when category_id = @CategoryId then @ParentId else parent_id end,
            level = level + @shift
        where category_id = any(@moved)
        """;

    public async Task<Change<Category>> Handle(ChangeCategory request, CancellationToken cancellationToken)
    {
        var tree = await CategoryStore.LockTreeAsync(db, cancellationToken);
        var before = tree.Find(request.CategoryId)
            ?? throw new ErrorException(CatalogErrors.CategoryNotFound.Of(request.CategoryId));
        var after = before with
        {
            Name = request.Name ?? before.Name,
            ParentId = request.ParentId is { } changed ? changed.Value : before.ParentId,
        };
        var level = tree.Place(after.CategoryId, after.ParentId).Value;
        await db.ExecuteAsync(
            UpdateCategories,
            new
            {
                after.CategoryId,
                after.Name,
                after.ParentId,
                shift = level - tree.LevelOf(after.CategoryId),
                moved = tree.Under(after.CategoryId).ToArray(),
            },
            cancellationToken);
        return new Change<Category>(before, after);
    }
}
