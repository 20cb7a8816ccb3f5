using Shop.Catalog.Contracts;

namespace Shop.Catalog.Categories;

/// <summary>All categories, in memory: decides what may stand where.</summary>
internal sealed class CategoryTree(IEnumerable<Category> categories)
{
    public const int Levels = 3;

    private readonly Dictionary<long, Category> byId = categories.ToDictionary(category => category.CategoryId);

    public int Count => byId.Count;

    public Category? Find(long categoryId) => byId.GetValueOrDefault(categoryId);

    /// <summary>1 at the root.</summary>
    public int LevelOf(long categoryId) =>
        byId[categoryId].ParentId is { } parentId ? LevelOf(parentId) + 1 : 1;

    /// <summary>The category and all under it.</summary>
    public IReadOnlyList<long> Under(long categoryId) =>
    [
        categoryId,
        .. byId.Values.Where(category => category.ParentId == categoryId)
            .SelectMany(category => Under(category.CategoryId)),
    ];

    /// <summary>The category and all above it.</summary>
    public IEnumerable<long> Above(long categoryId) =>
        byId[categoryId].ParentId is { } parentId ? Above(parentId).Prepend(categoryId) : [categoryId];

    /// <summary>The level that a category has below this parent, with all that is under it.</summary>
    /// <param name="categoryId">Null for a new one.</param>
    public Result<int> Place(long? categoryId, long? parentId)
    {
        if (parentId is { } wanted && Find(wanted) is null)
            return CatalogErrors.CategoryNotFound.Of(wanted);
        var under = categoryId is { } moved ? Under(moved) : [];
        if (parentId is { } parent && under.Contains(parent))
            return CatalogErrors.CategoryDepth.Of();
        var level = parentId is { } above ? LevelOf(above) + 1 : 1;
        var depth = categoryId is { } top ? under.Max(LevelOf) - LevelOf(top) : 0;
        return level + depth > Levels ? CatalogErrors.CategoryDepth.Of() : level;
    }
}
