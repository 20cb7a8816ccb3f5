using System.Text.Json;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

/// <summary>Reads server-sent events as they come.</summary>
internal sealed class EventStream(HttpResponseMessage response) : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    private StreamReader? reader;

    public HttpResponseMessage Response => response;

    /// <returns>The next event's name and data, or null when the stream has ended.</returns>
    public async Task<(string Name, JsonElement Data)?> NextAsync()
    {
        string? name = null;
        JsonElement? data = null;
        while (await ReadLineAsync() is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line["event: ".Length..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                data = JsonDocument.Parse(line["data: ".Length..]).RootElement;
            else if (line.Length == 0 && name is not null)
                return (name, data!.Value);
        }

        return null;
    }

    /// <returns>The next event's data, which must be a status.</returns>
    public async Task<JsonElement> StatusAsync()
    {
        var next = await NextAsync() ?? throw new InvalidOperationException("The stream has ended.");
        return next.Name == "status" ? next.Data : throw new InvalidOperationException($"Got {next.Name}.");
    }

    /// <returns>The next line as it stands, or null when the stream has ended.</returns>
    public async Task<string?> ReadLineAsync()
    {
        reader ??= new StreamReader(await response.Content.ReadAsStreamAsync());
        return await reader.ReadLineAsync().WaitAsync(Timeout);
    }

    /// <summary>
    /// Goes away in the middle of it. Merely disposing would leave the connection to drain for a while.
    /// </summary>
    public async Task HangUpAsync()
    {
        using var gone = new CancellationTokenSource();
        var reading = reader!.ReadLineAsync(gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    public void Dispose()
    {
        reader?.Dispose();
        response.Dispose();
    }
}
