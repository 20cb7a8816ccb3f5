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
    private readonly BatchQueue<TQuery, Result<TResult>> queue;

    public QueryBatcher(
        IServiceScopeFactory scopes,
        BatchPace pace,
        IOptions<BatchingOptions> options,
        ILogger<QueryBatcher<TQuery, TResult>> log)
    {
        this.scopes = scopes;
        queue = new BatchQueue<TQuery, Result<TResult>>(options.Value, pace, hasEffect: false, RunAsync, log).Start();
    }

    public async Task<TResult> Handle(TQuery request, CancellationToken cancellationToken) =>
        (await queue.RunAsync(request, lines: 1, cancellationToken)).Value;

    private async Task RunAsync(
        IReadOnlyList<BatchItem<TQuery, Result<TResult>>> items, TaskCompletionSource sent, Task previous)
    {
        IReadOnlyList<Result<TResult>> results;
        try
        {
            using var span = BatchQueue<TQuery, Result<TResult>>.StartSpan(typeof(TQuery).Name, items);
            await using var scope = scopes.CreateAsyncScope();
            var handler = scope.ServiceProvider.GetRequiredService<IQueryBatchHandler<TQuery, TResult>>();
            results = await handler.ReadAsync([.. items.Select(item => item.Request)], CancellationToken.None);
        }
        catch (Exception error)
        {
            foreach (var item in items)
                item.Fail(error);
            return;
        }

        for (var i = 0; i < items.Count; i++)
            items[i].Complete(results[i]);
    }
}
