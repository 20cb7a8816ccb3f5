using Shop.Catalog.Contracts;

namespace Shop.Catalog.Categories;

internal sealed class FindUnknownCategoryHandler(Db db) : IRequestHandler<FindUnknownCategory, long?>
{
    public Task<long?> Handle(FindUnknownCategory request, CancellationToken cancellationToken) =>
        CategoryStore.FindUnknownAsync(db, request.CategoryIds, cancellationToken);
}
