namespace Shop.Chaos;

/// <summary>One call to one host, and its answer as it stands, whatever the typed client makes of it.</summary>
internal sealed class Sending(HttpMessageHandler connections, Operation? operation, CancellationToken gaveUp)
    : DelegatingHandler(connections)
{
    /// <summary>Null while none came.</summary>
    public Answer? Answer { get; private set; }

    public bool IsReplayed { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, gaveUp);
        if (operation is not null)
            operation.Request = $"{request.RequestUri!.AbsolutePath} "
                + (request.Content is null ? "" : await request.Content.ReadAsStringAsync(either.Token));
        var response = await base.SendAsync(request, either.Token);
        Answer = new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(either.Token));
        IsReplayed = response.Headers.Contains("Idempotent-Replayed");
        return response;
    }
}
