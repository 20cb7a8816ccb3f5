using Shop.Catalog.Contracts;

namespace Shop.Catalog.Categories;

internal sealed class FindUnknownCategoryHandler(Db db) : IRequestHandler<FindUnknownCategory, long?>
{
    private const string SelectUnknown = """
        select min(id) from unnest(@ids) as id
        where not exists (select from catalog.categories where category_id = id)
        """;

    public Task<long?> Handle(FindUnknownCategory request, CancellationToken cancellationToken) =>
        db.QuerySingleAsync<long?>(SelectUnknown, new { ids = request.CategoryIds.ToArray() }, cancellationToken);
}
