using Shop.BuildingBlocks.Commands.Batching;

namespace Shop.Catalog.Categories;

internal sealed record ListCategories : IBoundedQuery<Page<Category>>, IReplicaQuery;

internal static class ListCategoriesEndpoint
{
    public static void MapListCategories(this IEndpointRouteBuilder categories) => categories
        .MapGet("", async (IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ListCategories(), ct)))
        .WithName(nameof(ListCategories))
        .WithSummary("All categories")
        .WithDescription("There are 1000 at most; they come as one page, by their ids.");
}

internal sealed class ListCategoriesHandler(Db db) : IQueryBatchHandler<ListCategories, Page<Category>>
{
    public async Task<IReadOnlyList<Result<Page<Category>>>> ReadAsync(
        IReadOnlyList<ListCategories> queries, CancellationToken ct)
    {
        var all = new Page<Category>(await db.QueryAsync<Category>(CategoryStore.Select, null, ct), NextCursor: null);
        return [.. queries.Select(_ => (Result<Page<Category>>)all)];
    }
}
