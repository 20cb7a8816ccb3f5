using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Shop.Chaos;

/// <summary>
/// A careful storefront's client: each change is sent with a key, to any host, again with the same key, until one host
/// tells the result.
/// </summary>
/// <param name="calm">Ends when all faults are over, and nothing that was sent before is still on its way.</param>
/// <param name="gaveUp">The deadline of the whole round, long after that.</param>
internal sealed class Client(
    HttpClient http, Hosts hosts, History history, Random random, Task calm, CancellationToken gaveUp)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json", "utf-8");

    private readonly TaskCompletionSource doubt = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when it is waiting for calm to learn what became of a request.</summary>
    public Task InDoubt => doubt.Task;

    /// <summary>
    /// Asks for something to be done exactly once; now and then by two at once, like a button that is pressed twice.
    /// </summary>
    public async Task<Answer> PostAsync(string kind, string? token, string path, object body)
    {
        var operation = history.Open(kind, path, body);
        var answers = await Task.WhenAll(Enumerable.Range(0, token is not null && random.Next(12) == 0 ? 2 : 1).Select(
            _ => SettleAsync(operation, token)));
        // A refusal changes nothing and is not kept: of two at once one may find the shop otherwise. Done is done once.
        var done = answers.Where(answer => answer.IsSuccess).Distinct().ToList();
        if (done.Count > 1)
            history.Violate($"two answers to one key, {operation}: {done[0]} and {done[1]}");

        operation.Answer = done.FirstOrDefault() ?? answers[0];
        if (token is not null && operation is { WasUnknown: true, Answer.IsSuccess: false })
            operation.Answer = await AskAgainAsync(operation, token);
        return operation.Answer;
    }

    // A host that stood still may have taken an earlier sending with it, and carry it out after this refusal. Once
    // nothing is on its way any more the key tells what became of it.
    private async Task<Answer> AskAgainAsync(Operation operation, string token)
    {
        doubt.TrySetResult();
        await calm.WaitAsync(gaveUp);
        return await SettleAsync(operation, token);
    }

    /// <summary>Asks by a POST that changes nothing, until it is answered.</summary>
    public Task<Answer> AskAsync(string kind, string token, string path, object body) =>
        SettleAsync(new Operation(kind, path, JsonSerializer.Serialize(body)), token);

    /// <summary>Reads until it is answered.</summary>
    public async Task<Answer> GetAsync(string? token, string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await TryAsync(HttpMethod.Get, token, path, operation: null) is { } answer && !IsTransient(answer))
                return answer;
            await PauseAsync(attempt);
        }
    }

    /// <summary>All items of a list, page after page.</summary>
    public async Task<IReadOnlyList<JsonElement>> ListAsync(string token, string path)
    {
        var items = new List<JsonElement>();
        for (string? cursor = null; ;)
        {
            var page = await GetAsync(
                token, $"{path}?limit=100{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}");
            if (!page.IsSuccess)
                throw new InvalidOperationException($"GET {path}: {page}");
            items.AddRange(page["items"].EnumerateArray());
            cursor = page["nextCursor"].GetString();
            if (cursor is null)
                return items;
        }
    }

    private async Task<Answer> SettleAsync(Operation operation, string? token)
    {
        for (var attempt = 0; ; attempt++)
        {
            var answer = await TryAsync(HttpMethod.Post, token, operation.Path, operation);
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
    private async Task<Answer?> TryAsync(HttpMethod method, string? token, string path, Operation? operation)
    {
        var host = hosts.Pick();
        using var request = new HttpRequestMessage(method, new Uri(host, $"/api/v1{path}"));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (operation is not null)
        {
            request.Headers.Add("Idempotency-Key", operation.Key);
            request.Content = new StringContent(operation.Body, Encoding.UTF8, Json);
        }

        try
        {
            using var response = await http.SendAsync(request, gaveUp);
            var answer = new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(gaveUp));
            var replayed = response.Headers.Contains("Idempotent-Replayed");
            operation?.Note(host, replayed, answer);
            return answer;
        }
        catch (Exception lost) when (
            lost is HttpRequestException or IOException or TaskCanceledException && !gaveUp.IsCancellationRequested)
        {
            operation?.Note(host, replayed: false, answer: null);
            hosts.DidNotAnswer(host);
            return null;
        }
    }

    private Task PauseAsync(int attempt) => Task.Delay(
        Math.Min(1_000, 25 << Math.Min(attempt, 6)) + Random.Shared.Next(50), gaveUp);
}
