using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Commands;
using Shop.Messages;

namespace Shop.BuildingBlocks.Admission;

/// <summary>
/// A query that is answered together with others of its kind, by one statement that starts after they have come: no answer is older than its question. It is
/// not sent from inside a command, whose transaction it would not see.
/// </summary>
public interface IHotQuery<out TResult> : IQuery<TResult>;

/// <summary>Answers a group of hot queries.</summary>
public interface IGroupReader<in TQuery, TResult> where TQuery : IHotQuery<TResult>
{
    /// <returns>One outcome for each query, in the same order.</returns>
    Task<IReadOnlyList<Result<TResult>>> ReadAsync(IReadOnlyList<TQuery> queries, CancellationToken ct);
}

/// <summary>Where the mediator hands a hot query over.</summary>
internal sealed class HotQueryHandler<TQuery, TResult>(Readers<TQuery, TResult> readers) : IRequestHandler<TQuery, TResult> where TQuery : IHotQuery<TResult>
{
    public async Task<TResult> Handle(TQuery query, CancellationToken ct) => (await readers.ReadAsync(query, ct)).Value;
}

/// <summary>Gathers the hot queries of one kind. One group is read at a time.</summary>
internal sealed class Readers<TQuery, TResult> where TQuery : IHotQuery<TResult>
{
    private readonly IServiceScopeFactory scopes;
    private readonly Turns<Member<TQuery, TResult>> turns;
    private readonly QueueLimit limit;

    public Readers(IServiceScopeFactory scopes, IOptions<AdmissionOptions> options)
    {
        this.scopes = scopes;
        turns = new Turns<Member<TQuery, TResult>>(options.Value.GroupSize, ReadAsync);
        limit = new QueueLimit(options.Value.MaximumWaiting);
    }

    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="Refused">503 <c>unavailable</c>: too many wait already.</exception>
    public async Task<Result<TResult>> ReadAsync(TQuery query, CancellationToken ct)
    {
        limit.Enter();
        var member = new Member<TQuery, TResult>(query, limit);
        turns.Enter(member);
        return await member.WaitAsync(ct);
    }

    private async Task ReadAsync(IReadOnlyList<Member<TQuery, TResult>> group, Action _)
    {
        IReadOnlyList<Result<TResult>> outcomes;
        try
        {
            outcomes = await ReadTogetherAsync(group);
        }
        catch (Exception error)
        {
            foreach (var member in group)
                member.Failed(error);
            return;
        }

        for (var i = 0; i < group.Count; i++)
            group[i].Served(outcomes[i]);
    }

    private async Task<IReadOnlyList<Result<TResult>>> ReadTogetherAsync(IReadOnlyList<Member<TQuery, TResult>> group)
    {
        using var span = GroupSpan.Start(group);
        await using var scope = scopes.CreateAsyncScope();
        var reader = scope.ServiceProvider.GetRequiredService<IGroupReader<TQuery, TResult>>();
        return await reader.ReadAsync([.. group.Select(member => member.Request)], CancellationToken.None);
    }
}
