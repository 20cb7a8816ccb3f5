using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Commands;

namespace Shop.BuildingBlocks.Admission;

/// <summary>
/// Admits the hot commands of one kind. A command goes to the next lane in turn; a lane decides one group at a time, in order of arrival. A lane that is
/// free starts at once, with a single command if there is but one, so nobody waits for company; where the <see cref="Gate"/> is taken by others, it gathers meanwhile.
/// </summary>
internal sealed class Lanes<TCommand, TResult> where TCommand : IHotCommand<TResult>
{
    private readonly Lane<TCommand, TResult>[] lanes;
    private readonly QueueLimit limit;
    private uint turn;

    public Lanes(Transactions transactions, Gate gate, IOptions<AdmissionOptions> options)
    {
        lanes = [.. Enumerable.Range(0, options.Value.Lanes).Select(_ => new Lane<TCommand, TResult>(transactions, gate, options.Value.GroupSize))];
        limit = new QueueLimit(options.Value.MaximumWaiting);
    }

    /// <param name="ct">Ends the wait. A group that has taken the command decides it all the same.</param>
    /// <exception cref="Refused">503 <c>unavailable</c>: too many wait already.</exception>
    /// <exception cref="CommitUnknownException">The wait was ended after a group had taken the command.</exception>
    public async Task<Result<TResult>> DecideAsync(TCommand command, IdempotentRequest request, CancellationToken ct)
    {
        limit.Enter();
        var member = new HotMember<TCommand, TResult>(command, request, limit);
        lanes[Interlocked.Increment(ref turn) % (uint)lanes.Length].Enter(member);
        return await member.WaitAsync(ct);
    }
}
