using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Shop.BuildingBlocks.Http;

/// <summary>A thing that administrators change. Answers with it have an ETag (RFC 9110, 8.8.3).</summary>
public interface ITagged
{
    /// <summary>
    /// The thing with what administrators do not change, such as the stock, set to one value. Its tag is a hash of
    /// that.
    /// </summary>
    object Tagged { get; }
}

/// <summary>The strong ETag of a thing. It tells what a PATCH would change, not how fresh an answer is.</summary>
internal static class EntityTag
{
    // 128 bits of SHA-256.
    private const int Length = 16;

    /// <returns>The tag as a header has it, in quotes.</returns>
    public static string Of(ITagged thing)
    {
        var hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(thing.Tagged, ShopJson.Web));
        return $"\"{WebEncoders.Base64UrlEncode(hash, 0, Length)}\"";
    }

    /// <summary>The tag of the thing in an answer that was stored.</summary>
    /// <returns>Null where an older build stored it, without members of today.</returns>
    public static string? OfStored<T>(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, ShopJson.Web) is ITagged thing ? Of(thing) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static void Write(HttpResponse response, string tag)
    {
        response.Headers.ETag = tag;
        // The rest of the answer changes under the same tag: no cache may keep it and ask by it.
        response.Headers.CacheControl = "no-store";
    }
}
