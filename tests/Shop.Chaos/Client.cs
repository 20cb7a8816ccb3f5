using System.Text.Json;
using Shop.Client;

namespace Shop.Chaos;

/// <summary>
/// A careful storefront around the typed client: each change is sent with a key, to any host, again with the same key,
/// until one host tells the result.
/// </summary>
/// <param name="calm">Ends when all faults are over, and nothing that was sent before is still on its way.</param>
/// <param name="gaveUp">The deadline of the whole round, long after that.</param>
internal sealed class Client(
    HttpMessageHandler connections, Hosts hosts, History history, Random random, Task calm, CancellationToken gaveUp)
{
    /// <summary>An answer that takes longer is lost.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource doubt = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when it is waiting for calm to learn what became of a request.</summary>
    public Task InDoubt => doubt.Task;

    /// <summary>
    /// Asks for something to be done exactly once; now and then by two at once, like a button that is pressed twice.
    /// </summary>
    /// <param name="call">The same each time that it is made, with the key.</param>
    public async Task<Answer> PostAsync(string kind, string? token, Func<ShopClient, string, Task> call)
    {
        var operation = history.Open(kind);
        var answers = await Task.WhenAll(Enumerable.Range(0, token is not null && random.Next(12) == 0 ? 2 : 1).Select(
            _ => SettleAsync(operation, token, call)));
        // A refusal changes nothing and is not kept: of two at once one may find the shop otherwise. Done is done once.
        var done = answers.Where(answer => answer.IsSuccess).Distinct().ToList();
        if (done.Count > 1)
            history.Violate($"two answers to one key, {operation}: {done[0]} and {done[1]}");

        operation.Answer = done.FirstOrDefault() ?? answers[0];
        if (token is not null && operation is { WasUnknown: true, Answer.IsSuccess: false })
            operation.Answer = await AskAgainAsync(operation, token, call);
        return operation.Answer;
    }

    // A host that stood still may have taken an earlier sending with it, and carry it out after this refusal. Once
    // nothing is on its way any more the key tells what became of it.
    private async Task<Answer> AskAgainAsync(Operation operation, string token, Func<ShopClient, string, Task> call)
    {
        doubt.TrySetResult();
        await calm.WaitAsync(gaveUp);
        return await SettleAsync(operation, token, call);
    }

    /// <summary>Asks for something that changes nothing, until it is answered.</summary>
    public async Task<Answer> AskAsync(string? token, Func<ShopClient, Task> call)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await TryAsync(token, call, operation: null) is { } answer && !IsTransient(answer))
                return answer;
            await PauseAsync(attempt);
        }
    }

    /// <summary>All items of a list, page after page.</summary>
    /// <param name="page">The page that this cursor leads to.</param>
    public async Task<IReadOnlyList<JsonElement>> ListAsync(string token, Func<ShopClient, string?, Task> page)
    {
        var items = new List<JsonElement>();
        for (string? cursor = null; ;)
        {
            var here = cursor;
            var answer = await AskAsync(token, shop => page(shop, here));
            if (!answer.IsSuccess)
                throw new InvalidOperationException($"A page of a list: {answer}");
            items.AddRange(answer["items"].EnumerateArray());
            cursor = answer["nextCursor"].GetString();
            if (cursor is null)
                return items;
        }
    }

    private async Task<Answer> SettleAsync(Operation operation, string? token, Func<ShopClient, string, Task> call)
    {
        for (var attempt = 0; ; attempt++)
        {
            var answer = await TryAsync(token, shop => call(shop, operation.Key), operation);
            if (answer is not null && !IsTransient(answer))
                return answer;
            // Answered 409 nothing was done by this sending; a 503 may come of a commit whose end is not known.
            operation.WasUnknown |= answer?.Status is not (409 or 429);
            await PauseAsync(attempt);
        }
    }

    private bool IsTransient(Answer answer)
    {
        if (answer.Status >= 500 && answer.Status != 503)
            history.Violate($"an answer that no fault excuses: {answer}");
        return answer.Status is >= 500 or 429 || answer.Code
            is "idempotency.in_progress" or "audit.in_progress" or "wallet.top_up_in_progress";
    }

    /// <returns>Null where no answer came.</returns>
    private async Task<Answer?> TryAsync(string? token, Func<ShopClient, Task> call, Operation? operation)
    {
        var host = hosts.Pick();
        var sending = new Sending(connections, operation, gaveUp);
        using var http = new HttpClient(sending, disposeHandler: false) { BaseAddress = host, Timeout = Timeout };
        try
        {
            await call(new ShopClient(http) { AccessToken = token });
        }
        catch (ShopException unread) when (sending.Answer is { IsSuccess: true } answer)
        {
            history.Violate($"an answer that the client cannot read, {unread.Message}: {answer}");
        }
        catch (ShopException) when (sending.Answer is not null)
        {
            // A refusal is an answer like others.
        }
        catch (Exception lost) when (
            lost is HttpRequestException or IOException or TaskCanceledException && !gaveUp.IsCancellationRequested)
        {
            operation?.Note(host, replayed: false, answer: null);
            hosts.DidNotAnswer(host);
            return null;
        }

        operation?.Note(host, sending.IsReplayed, sending.Answer);
        return sending.Answer;
    }

    private Task PauseAsync(int attempt) => Task.Delay(
        Math.Min(1_000, 25 << Math.Min(attempt, 6)) + Random.Shared.Next(50), gaveUp);
}
