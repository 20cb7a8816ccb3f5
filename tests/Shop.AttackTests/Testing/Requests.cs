using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Shop.AttackTests.Testing;

internal static class Requests
{
    /// <summary>Sends a request, reads the answer to its end.</summary>
    /// <returns>The status code.</returns>
    public static async Task<int> SendAsync(
        this HttpClient http, HttpMethod method, string path, string? body = null, Customer? customer = null)
    {
        using var request = new HttpRequestMessage(method, $"/api/v1{path}");
        request.Headers.Authorization = customer?.Authorization;
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);
        return (int)response.StatusCode;
    }

    /// <summary>Sends a request that must succeed.</summary>
    /// <exception cref="HttpRequestException">It did not.</exception>
    public static async Task<JsonElement> ReadAsync(
        this HttpClient http,
        HttpMethod method,
        string path,
        AuthenticationHeaderValue? authorization,
        object? body = null)
    {
        using var request = new HttpRequestMessage(method, $"/api/v1{path}");
        request.Headers.Authorization = authorization;
        if (body is not null)
            request.Content = JsonContent.Create(body);
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }
}
