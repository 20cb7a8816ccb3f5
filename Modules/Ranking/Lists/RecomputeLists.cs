namespace Shop.Ranking.Lists;

internal sealed record RecomputeLists : ICommand<ListsComputed>;

internal sealed record ListsComputed(DateTimeOffset ComputedAt);

internal static class RecomputeListsEndpoint
{
    public static void MapRecomputeLists(this IEndpointRouteBuilder ranking) => ranking
        .MapPost("/recompute", async (IdempotentSender commands, ListCache cache, CancellationToken ct) =>
        {
            var answer = await commands.OkAsync(new RecomputeLists(), ct);
            cache.Forget();
            return answer;
        })
        .WithName(nameof(RecomputeLists))
        .WithSummary("Computes the lists of popular products now")
        .DisableRequestTimeout();
}

internal sealed class RecomputeListsHandler(Db db, PopularLists lists) : IRequestHandler<RecomputeLists, ListsComputed>
{
    // A computation under way may have read before what the caller wants to see: it is waited for, not shared.
    private const string Lock = $"select pg_advisory_xact_lock({PopularLists.LockKey})";

    public async Task<ListsComputed> Handle(RecomputeLists request, CancellationToken cancellationToken)
    {
        await db.ExecuteAsync(Lock, null, cancellationToken);
        return new ListsComputed(await lists.ReplaceAsync(cancellationToken));
    }
}
