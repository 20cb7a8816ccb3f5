using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Shop.IntegrationTests.Testing;

/// <summary>A storefront's view of the shop: real HTTP, below <c>/api/v1</c>.</summary>
internal sealed class ShopClient
{
    private readonly HttpClient http;
    private readonly IServiceProvider services;

    /// <param name="services">The host's, for its API document, which must have each answer.</param>
    public ShopClient(HttpClient http, IServiceProvider services, string? accessToken)
    {
        this.http = http;
        this.services = services;
        AccessToken = accessToken;
        if (accessToken is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
    }

    public string? AccessToken { get; }

    /// <summary>Where the shop listens.</summary>
    public Uri Address => http.BaseAddress!;

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, content: null);

    /// <param name="header">A request header as it stands.</param>
    public Task<Answer> GetAsync(string path, (string Name, string Value) header) =>
        SendAsync(HttpMethod.Get, path, content: null, header);

    public Task<Answer> HeadAsync(string path) => SendAsync(HttpMethod.Head, path, content: null);

    public Task<Answer> PostAsync(string path, object? body = null) => SendAsync(HttpMethod.Post, path, Content(body));

    public Task<Answer> PutAsync(string path, object body) => SendAsync(HttpMethod.Put, path, Content(body));

    public Task<Answer> PatchAsync(string path, object body) => SendAsync(HttpMethod.Patch, path, Content(body));

    /// <param name="ifMatch">The header as it stands.</param>
    public Task<Answer> PatchIfMatchAsync(string ifMatch, string path, object body) =>
        SendAsync(HttpMethod.Patch, path, Content(body), ("If-Match", ifMatch));

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, content: null);

    /// <param name="body">Serialized, or a string that is sent as it stands.</param>
    public Task<Answer> PostWithKeyAsync(string key, string path, object? body = null) => SendAsync(
        HttpMethod.Post,
        path,
        body is string text ? new StringContent(text, Encoding.UTF8, "application/json") : Content(body),
        ("Idempotency-Key", key));

    /// <summary>A body as it stands, for what no serializer would write.</summary>
    public Task<Answer> SendRawAsync(
        HttpMethod method, string path, string body, string contentType = "application/json") =>
        SendRawAsync(method, path, body, new MediaTypeHeaderValue(contentType, "utf-8"));

    public Task<Answer> SendRawAsync(HttpMethod method, string path, string body, MediaTypeHeaderValue contentType) =>
        SendAsync(method, path, new StringContent(body, Encoding.UTF8, contentType));

    /// <summary>A body that is a file.</summary>
    /// <param name="key">The Idempotency-Key, or null.</param>
    public Task<Answer> PostFileAsync(string path, byte[] content, string? key = null, string type = "text/csv")
    {
        var body = new ByteArrayContent(content);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return SendAsync(HttpMethod.Post, path, body, key is null ? null : ("Idempotency-Key", key));
    }

    /// <summary>An answer whose body is still to come.</summary>
    public Task<HttpResponseMessage> OpenAsync(string path) =>
        http.GetAsync($"/api/v1{path}", HttpCompletionOption.ResponseHeadersRead);

    private async Task<Answer> SendAsync(
        HttpMethod method, string path, HttpContent? content, (string Name, string Value)? header = null)
    {
        using var request = new HttpRequestMessage(
            method,
            path.StartsWith("//", StringComparison.Ordinal) ? path[1..] : $"/api/v1{path}")
        { Content = content };
        if (header is { } added)
            request.Headers.TryAddWithoutValidation(added.Name, added.Value);
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        (await DocumentedApi.OfAsync(services)).Check(method, request.RequestUri!.AbsolutePath, response, text);
        return new Answer(response, text);
    }

    private static JsonContent? Content(object? body) => body is null ? null : JsonContent.Create(body);
}

internal sealed class Answer(HttpResponseMessage response, string text)
{
    public HttpStatusCode Status { get; } = response.StatusCode;

    public HttpResponseHeaders Headers { get; } = response.Headers;

    /// <summary>The ETag as the header has it.</summary>
    public string Tag => Headers.GetValues("ETag").Single();

    public string? ContentType { get; } = response.Content.Headers.ContentType?.MediaType;

    /// <summary>The forms that the body is compressed in.</summary>
    public IEnumerable<string> Encodings { get; } = [.. response.Content.Headers.ContentEncoding];

    public string Text => text;

    public JsonElement Body => JsonDocument.Parse(text).RootElement;

    public string? Code => Body.GetProperty("code").GetString();

    public JsonElement this[string member] => Body.GetProperty(member);

    /// <summary>Whether this was given before, to a request with the same idempotency key.</summary>
    public bool IsReplay => Headers.TryGetValues("Idempotent-Replayed", out var values) && values.Single() == "true";

    /// <summary>Fails the test, with the whole answer, unless the status is this one.</summary>
    public Answer Expect(HttpStatusCode status)
    {
        Assert.True(Status == status, $"Expected {(int)status} but got {(int)Status}: {text}");
        return this;
    }

    /// <summary>Fails the test unless this is a complete problem with this status and code.</summary>
    public Answer ExpectProblem(HttpStatusCode status, string code)
    {
        Expect(status);
        Assert.Equal("application/problem+json", ContentType);
        Assert.Equal(["nosniff"], Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(code, Code);
        Assert.Equal((int)status, this["status"].GetInt32());
        foreach (var member in (string[])["type", "title", "detail", "instance", "traceId"])
            Assert.Equal(JsonValueKind.String, this[member].ValueKind);
        return this;
    }

    /// <summary>Fails the test unless this is a 400 that blames this field.</summary>
    public Answer ExpectInvalid(string field)
    {
        ExpectProblem(HttpStatusCode.BadRequest, "validation");
        Assert.True(
            Body.TryGetProperty("errors", out var errors) && errors.TryGetProperty(field, out _),
            $"No error for {field}: {text}");
        return this;
    }
}
