using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Commands;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>
/// The request that a scope serves, as its idempotency key sees it. It goes with the command into the transaction, which may be another request's too:
/// so it holds what an answer is made of, and nothing of the connection.
/// </summary>
internal sealed class IdempotentRequest
{
    private Func<object, StoredResponse>? answerOf;
    private Func<Refused, StoredResponse>? problemOf;

    /// <summary>Null for a request without a key.</summary>
    public IdempotencyKey? Key { get; private set; }

    /// <summary>Whether the command that is sent now is to be kept under the key.</summary>
    public bool IsKept => Key is not null && answerOf is not null;

    /// <summary>The answer, once it is known: made in the transaction, or found from an earlier time.</summary>
    public StoredResponse? Answer { get; private set; }

    /// <summary>Completed, unless the command goes on in its batch although the request has been answered.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Takes on a request that came with a key.</summary>
    public void Begin(HttpContext http, IdempotencyKey key, JsonSerializerOptions json)
    {
        Key = key;
        var (instance, traceId) = (http.Request.Path.Value, Problem.TraceIdOf(http));
        problemOf = refused => new StoredResponse(
            refused.Status, Location: null, JsonSerializer.SerializeToUtf8Bytes(Problem.Of(refused).Details(instance, traceId), json));
    }

    /// <summary>Says how the result of the command that is sent next becomes an answer.</summary>
    public void AnswerWith(Func<object, StoredResponse> answer) => answerOf = answer;

    public void LeaveBehind(Task ended) => Ended = ended;

    /// <summary>The transaction starts, perhaps over.</summary>
    public void Forget() => Answer = null;

    public void Replay(StoredResponse answer) => Answer = answer with { IsReplay = true };

    /// <summary>
    /// Takes on an answer that was found after a commit whose outcome was lost: the one that was to be made, or
    /// replayed.
    /// </summary>
    public void Recover(StoredResponse answer) => Answer = answer with { IsReplay = Answer is { IsReplay: true } };

    /// <summary>The answer that a result would make.</summary>
    public StoredResponse Expect(object result) => answerOf!(result);

    public StoredResponse Keep(object result) => Answer = Expect(result);

    public StoredResponse Keep(Refused refused) => Answer = problemOf!(refused);
}
