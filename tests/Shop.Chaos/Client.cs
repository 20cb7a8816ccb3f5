using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Shop.Chaos;

/// <summary>
/// How a careful storefront talks to hosts that may be gone: whatever changes something is sent with a key, to any host, again and again with the same
/// key, until one says what became of it.
/// </summary>
/// <param name="gaveUp">The end of all patience, long after the faults are over.</param>
internal sealed class Client(HttpClient http, Hosts hosts, Journal journal, Random random, CancellationToken gaveUp)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json", "utf-8");

    /// <summary>Asks for something to be done exactly once; now and then by two at once, like a button that is pressed twice.</summary>
    public async Task<Answer> PostAsync(string kind, string? token, string path, object body)
    {
        var entry = journal.Open(kind, path, body);
        if (token is null || random.Next(12) != 0)
            return entry.Answer = await SettleAsync(entry, token);

        var answers = await Task.WhenAll(SettleAsync(entry, token), SettleAsync(entry, token));
        // A refusal changes nothing and is not kept: the other one may have found the shop otherwise. Done is done once.
        if (answers.All(answer => answer.IsSuccess) && answers[0] != answers[1])
            journal.Violate($"two answers to one key, {entry}: {answers[0]} and {answers[1]}");
        return entry.Answer = answers.FirstOrDefault(answer => answer.IsSuccess) ?? answers[0];
    }

    /// <summary>Reads until it is answered.</summary>
    public async Task<Answer> GetAsync(string? token, string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await TryAsync(HttpMethod.Get, token, path, entry: null) is { } answer && !IsTransient(answer))
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
            var page = await GetAsync(token, $"{path}?limit=100{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}");
            if (!page.IsSuccess)
                throw new InvalidOperationException($"GET {path}: {page}");
            items.AddRange(page["items"].EnumerateArray());
            cursor = page["nextCursor"].GetString();
            if (cursor is null)
                return items;
        }
    }

    private async Task<Answer> SettleAsync(Entry entry, string? token)
    {
        for (var attempt = 0; ; attempt++)
        {
            var answer = await TryAsync(HttpMethod.Post, token, entry.Path, entry);
            if (answer is not null && !IsTransient(answer))
                return answer;
            // An answer of 409 says that nothing was done now; one of 503 may come from a commit whose end is not known.
            entry.WasUnknown |= answer?.Status is not (409 or 429);
            await PauseAsync(attempt);
        }
    }

    private bool IsTransient(Answer answer)
    {
        if (answer.Status >= 500 && answer.Status != 503)
            journal.Violate($"an answer that no fault excuses: {answer}");
        return answer.Status is >= 500 or 429 || answer.Code is "idempotency.in_progress" or "audit.in_progress";
    }

    /// <returns>Null where no answer came.</returns>
    private async Task<Answer?> TryAsync(HttpMethod method, string? token, string path, Entry? entry)
    {
        var host = hosts.Pick();
        using var request = new HttpRequestMessage(method, new Uri(host, $"/api/v1{path}"));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (entry is not null)
        {
            request.Headers.Add("Idempotency-Key", entry.Key);
            request.Content = new StringContent(entry.Body, Encoding.UTF8, Json);
        }

        try
        {
            using var response = await http.SendAsync(request, gaveUp);
            var answer = new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(gaveUp));
            if (entry is not null && response.Headers.Contains("Idempotent-Replayed"))
                entry.WasReplayed = true;
            return answer;
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException or TaskCanceledException && !gaveUp.IsCancellationRequested)
        {
            hosts.DidNotAnswer(host);
            return null;
        }
    }

    private Task PauseAsync(int attempt) => Task.Delay(Math.Min(1_000, 25 << Math.Min(attempt, 6)) + Random.Shared.Next(50), gaveUp);
}
