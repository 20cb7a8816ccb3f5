using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

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
internal sealed class QueryBatcher<TQuery, TResult> : IRequestHandler<TQuery, TResult>
    where TQuery : IBoundedQuery<TResult>
{
    private readonly IServiceScopeFactory scopes;
    private readonly BatchQueue<Item> queue;

    public QueryBatcher(
        IServiceScopeFactory scopes, IOptions<BatchingOptions> options, ILogger<QueryBatcher<TQuery, TResult>> log)
    {
        this.scopes = scopes;
        queue = new(
            typeof(TQuery).Name, options.Value, parallelism: 1, pace: null, log, (items, _, _) => ReadAsync(items));
        queue.Start();
    }

    public async Task<TResult> Handle(TQuery request, CancellationToken cancellationToken)
    {
        var item = new Item(request);
        await queue.RunAsync(item, cancellationToken);
        return item.Result.Value;
    }

    private async Task ReadAsync(IReadOnlyList<Item> items)
    {
        await using var scope = scopes.CreateAsyncScope();
        var handler = scope.ServiceProvider.GetRequiredService<IQueryBatchHandler<TQuery, TResult>>();
        var results = await handler.ReadAsync([.. items.Select(item => item.Query)], CancellationToken.None);
        for (var i = 0; i < items.Count; i++)
        {
            items[i].Result = results[i];
            items[i].Complete();
        }
    }

    private sealed class Item(TQuery query) : BatchItem(lines: 1, hasEffect: false)
    {
        public TQuery Query => query;

        public Result<TResult> Result { get; set; }
    }
}
