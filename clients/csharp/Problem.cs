using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shop.Client;

/// <summary>An error as the shop describes it (RFC 9457).</summary>
public sealed class Problem
{
    /// <summary>The status in words.</summary>
    public string Title { get; init; } = "";

    /// <summary>The HTTP status.</summary>
    public int Status { get; init; }

    /// <summary>One sentence for a person.</summary>
    public string Detail { get; init; } = "";

    /// <summary>The path of the request.</summary>
    public string Instance { get; init; } = "";

    /// <summary>The machine-readable name of the error.</summary>
    public string Code { get; init; } = "";

    /// <summary>What finds the request in the shop's logs and traces.</summary>
    public string TraceId { get; init; } = "";

    /// <summary>With the code <c>validation</c>: what is wrong, for each field.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }

    /// <summary>Members that some codes bring: a shortfall, the shortages of an order, a minimum.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> More { get; init; } = new Dictionary<string, JsonElement>();

    internal static Problem? Read(string? text)
    {
        try
        {
            var problem = JsonSerializer.Deserialize<Problem>(text ?? "null", JsonSerializerOptions.Web);
            return problem is { Code.Length: > 0 } ? problem : null;
        }
        catch (JsonException)
        {
            // A proxy's page, say: there is no problem in it, and the exception has its status.
            return null;
        }
    }
}
