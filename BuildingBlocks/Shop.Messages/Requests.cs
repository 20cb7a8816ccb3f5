using MediatR;

namespace Shop.Messages;

/// <summary>
/// A request that changes something. The outermost command owns the transaction; a command that it sends to another
/// module joins it.
/// </summary>
public interface ICommand<out TResult> : IRequest<TResult>;

/// <summary>A request that only reads: no transaction, one statement.</summary>
public interface IQuery<out TResult> : IRequest<TResult>;

/// <summary>
/// A query whose answer may be some seconds old: catalog, lists of administrators, the audit. A replica answers it,
/// where there is one.
/// </summary>
public interface IReplicaQuery
{
    bool MayBeBehind => true;
}

/// <summary>A query that has a bound of its own on the connections that it uses: a limiter, or batches.</summary>
public interface IBoundedQuery<out TResult> : IQuery<TResult>;
