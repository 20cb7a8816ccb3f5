using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Shop.Client;

/// <summary>
/// All calls of the shop. The <see cref="HttpClient.BaseAddress"/> is the shop's, ending with a slash; a call that the
/// shop refuses throws a <see cref="ShopException"/>.
/// </summary>
public partial class ShopClient
{
    /// <summary>The <c>accessToken</c> of a sign-in, or an API key. Null: calls are sent without one.</summary>
    public string? AccessToken { get; set; }

    internal static JsonSerializerOptions Json => _settings.Value;

    static partial void UpdateJsonSerializerSettings(JsonSerializerOptions settings)
    {
        // A member of a change that is null is left as it is: see Changes.Clear.
        settings.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        settings.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { TakeWithout } };
    }

    // Required members bind request bodies alone. Answers of another version of the shop may lack some.
    private static void TakeWithout(JsonTypeInfo type)
    {
        foreach (var member in type.Properties)
            member.IsRequired = false;
    }

    partial void PrepareRequest(HttpClient client, HttpRequestMessage request, string url)
    {
        if (AccessToken is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AccessToken);
    }
}
