using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Database.Replicas;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>
/// Answers queries of one kind together, by one statement that starts after they have come: no answer is older than its
/// question. A batched query is not sent from inside a command, whose transaction it would not see.
/// </summary>
public interface IQueryBatchHandler<in TQuery, TResult> where TQuery : IBoundedQuery<TResult>
{
    /// <returns>One result for each query, in the same order.</returns>
    Task<IReadOnlyList<Result<TResult>>> ReadAsync(IReadOnlyList<TQuery> queries, CancellationToken ct);
}

/// <summary>Answers the queries of one kind in batches, one at a time.</summary>
internal sealed class QueryBatcher<TQuery, TResult> where TQuery : IBoundedQuery<TResult>
{
    private readonly IServiceScopeFactory scopes;
    private readonly BatchQueue<Item> queue;
    private readonly BatchQueue<Item>? replicaQueue;

    public QueryBatcher(
        IServiceScopeFactory scopes, IOptions<BatchingOptions> options, ILogger<QueryBatcher<TQuery, TResult>> log,
        Replica? replica = null)
    {
        this.scopes = scopes;
        queue = Queue(isReplica: false);
        replicaQueue = replica is null ? null : Queue(isReplica: true);

        BatchQueue<Item> Queue(bool isReplica) => new BatchQueue<Item>(
            typeof(TQuery).Name, options.Value, parallelism: 1, pace: null, log,
            (items, _, _) => ReadAsync(items, isReplica)).Start();
    }

    /// <param name="route">Null: the primary answers.</param>
    public async Task<TResult> AnswerAsync(TQuery query, ReadRoute? route, CancellationToken ct)
    {
        var item = new Item(query, route);
        await (route is null || replicaQueue is null ? queue : replicaQueue).RunAsync(item, ct);
        return item.Result.Value;
    }

    private async Task ReadAsync(IReadOnlyList<Item> items, bool isReplica)
    {
        await using var scope = scopes.CreateAsyncScope();
        if (isReplica)
            scope.ServiceProvider.GetRequiredService<Db>().Route = ReadRoute.Of(items.Select(item => item.Route!));
        var handler = scope.ServiceProvider.GetRequiredService<IQueryBatchHandler<TQuery, TResult>>();
        var results = await handler.ReadAsync([.. items.Select(item => item.Query)], CancellationToken.None);
        for (var i = 0; i < items.Count; i++)
        {
            items[i].Result = results[i];
            items[i].Complete();
        }
    }

    private sealed class Item(TQuery query, ReadRoute? route) : BatchItem(lines: 1, hasEffect: false)
    {
        public TQuery Query => query;

        public ReadRoute? Route => route;

        public Result<TResult> Result { get; set; }
    }
}

/// <summary>The mediator's handler of a batched query: its scope has the route.</summary>
internal sealed class BatchedQueryHandler<TQuery, TResult>(QueryBatcher<TQuery, TResult> batcher, Db db)
    : IRequestHandler<TQuery, TResult>
    where TQuery : IBoundedQuery<TResult>
{
    public Task<TResult> Handle(TQuery request, CancellationToken cancellationToken) =>
        batcher.AnswerAsync(request, db.Route, cancellationToken);
}
