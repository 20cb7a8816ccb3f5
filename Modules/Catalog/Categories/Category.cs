using Shop.Catalog.Contracts;

namespace Shop.Catalog.Categories;

/// <param name="ParentId">Null at the root.</param>
internal sealed record Category(long CategoryId, string Name, long? ParentId);

/// <summary>Statements and rules that several slices of categories need.</summary>
internal static class CategoryStore
{
    public const int Maximum = 1_000;

    public const string Select = "select category_id, name, parent_id from catalog.categories order by category_id";

    // Changes of the tree come one after the other: two moves that are right by themselves may be none together.
    private const string LockTree = "select pg_advisory_xact_lock(hashtextextended('catalog.categories', 0))";

    private const string SelectUnknown = """
        select id from unnest(@categoryIds) with ordinality as wanted (id, position)
        where not exists (select from catalog.categories where category_id = id) order by position limit 1
        """;

    /// <summary>Locks the tree, and reads it behind the lock.</summary>
    public static async Task<CategoryTree> LockTreeAsync(Db db, CancellationToken ct)
    {
        db.QueueLock(LockOrder.Queue, LockTree, _ => { });
        await db.FlushAsync(ct);
        return new CategoryTree(await db.QueryAsync<Category>(Select, null, ct));
    }

    /// <summary>Categories are not deleted: one that is there stays.</summary>
    /// <exception cref="ErrorException">404 <c>catalog.category_not_found</c>.</exception>
    public static async Task MustExistAsync(Db db, IReadOnlyCollection<long> categoryIds, CancellationToken ct)
    {
        if (categoryIds.Count > 0 && await FindUnknownAsync(db, categoryIds, ct) is { } unknown)
            throw new ErrorException(CatalogErrors.CategoryNotFound.Of(unknown));
    }

    /// <returns>The first id that is no category's, or null.</returns>
    public static Task<long?> FindUnknownAsync(Db db, IReadOnlyCollection<long> categoryIds, CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<long?>(SelectUnknown, new { categoryIds = categoryIds.ToArray() }, ct);

    public static IRuleBuilderOptions<T, string?> CategoryName<T>(this IRuleBuilder<T, string?> name) =>
        name.IsName(TextLength.Name);
}
