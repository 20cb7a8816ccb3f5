using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.Messages;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>
/// A query that is answered together with others of its kind, by one statement that starts after they have come: no
/// answer is older than its question. It is not sent from inside a command, whose transaction it would not see.
/// </summary>
public interface IBatchedQuery<out TResult> : IQuery<TResult>;

/// <summary>Answers a batch of queries.</summary>
public interface IQueryBatchHandler<in TQuery, TResult> where TQuery : IBatchedQuery<TResult>
{
    /// <returns>One result for each query, in the same order.</returns>
    Task<IReadOnlyList<Result<TResult>>> ReadAsync(IReadOnlyList<TQuery> queries, CancellationToken ct);
}

/// <summary>Answers the queries of one kind in batches, one at a time.</summary>
internal sealed class QueryBatcher<TQuery, TResult> where TQuery : IBatchedQuery<TResult>
{
    private readonly IServiceScopeFactory scopes;
    private readonly BatchLimiter limiter;
    private readonly BatchLoop<BatchItem<TQuery, Result<TResult>>> loop;

    public QueryBatcher(
        IServiceScopeFactory scopes, IOptions<BatchingOptions> options, ILogger<QueryBatcher<TQuery, TResult>> log)
    {
        this.scopes = scopes;
        limiter = new BatchLimiter(options.Value.MaximumWaiting);
        loop = new BatchLoop<BatchItem<TQuery, Result<TResult>>>(options.Value, pace: null, RunAsync, log).Start();
    }

    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="ErrorException">503 <c>unavailable</c>: too many wait already.</exception>
    public async Task<TResult> ReadAsync(TQuery query, CancellationToken ct)
    {
        limiter.Enter();
        var item = new BatchItem<TQuery, Result<TResult>>(query, lines: 1, limiter);
        loop.Add(item);
        return (await item.WaitAsync(ct)).Value;
    }

    private async Task RunAsync(IReadOnlyList<BatchItem<TQuery, Result<TResult>>> items, CommitSent sent, Task previous)
    {
        IReadOnlyList<Result<TResult>> results;
        try
        {
            results = await ReadAsync(items);
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

    private async Task<IReadOnlyList<Result<TResult>>> ReadAsync(IReadOnlyList<BatchItem<TQuery, Result<TResult>>> items)
    {
        using var span = BatchSpan.Start(typeof(TQuery).Name, items);
        await using var scope = scopes.CreateAsyncScope();
        var handler = scope.ServiceProvider.GetRequiredService<IQueryBatchHandler<TQuery, TResult>>();
        return await handler.ReadAsync([.. items.Select(item => item.Request)], CancellationToken.None);
    }
}

/// <summary>The mediator's way to a batched query.</summary>
internal sealed class BatchedQueryHandler<TQuery, TResult>(QueryBatcher<TQuery, TResult> batcher)
    : IRequestHandler<TQuery, TResult>
    where TQuery : IBatchedQuery<TResult>
{
    public Task<TResult> Handle(TQuery request, CancellationToken cancellationToken) =>
        batcher.ReadAsync(request, cancellationToken);
}
