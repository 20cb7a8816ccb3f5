using System.ComponentModel;
using System.Text.Json;
using System.Text.RegularExpressions;
using FluentValidation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Says, for each way in which a request can be malformed, which of its fields is meant: <c>items[0].quantity</c>,
/// <c>limit</c>.
/// </summary>
internal static partial class FieldErrors
{
    private const string Body = "body";
    private const string NotOfTheForm = "Is not of the right form.";

    public static Dictionary<string, string[]> Of(ValidationException invalid) => invalid.Errors
        .GroupBy(failure => CamelCase(failure.PropertyName))
        .ToDictionary(field => field.Key, field => field.Select(failure => failure.ErrorMessage).Distinct().ToArray());

    public static Dictionary<string, string[]> Of(BadHttpRequestException malformed)
    {
        if (malformed.InnerException is JsonException json)
            return Of(json);
        var parameter = Parameter().Match(malformed.Message);
        return parameter.Success
            ? One(CamelCase(parameter.Groups["name"].Value), NotOfTheForm)
            : One(Body, "Is missing or can't be read.");
    }

    /// <summary>
    /// Which optional parameters of the query can't be parsed: generated binding answers them with a bare 400. Empty if
    /// there are none, and it was something else.
    /// </summary>
    public static Dictionary<string, string[]> OfQuery(HttpContext http)
    {
        var given = (http.GetEndpoint()?.Metadata.GetOrderedMetadata<IParameterBindingMetadata>() ?? [])
            .Where(parameter => parameter is { HasTryParse: true, IsOptional: true }
                && http.Request.Query.ContainsKey(parameter.Name))
            .ToList();
        var malformed = given.Where(parameter => !IsValid(parameter, http.Request.Query[parameter.Name].ToString()))
            .ToList();
        // Converters are laxer than parsing: they know hexadecimal numbers.
        return (malformed.Count > 0 ? malformed : given).ToDictionary(
            parameter => CamelCase(parameter.Name), _ => new[] { NotOfTheForm });
    }

    private static bool IsValid(IParameterBindingMetadata parameter, string value) =>
        TypeDescriptor.GetConverter(parameter.ParameterInfo.ParameterType).IsValid(value);

    // System.Text.Json names missing members in its message alone; for everything else it has the path.
    private static Dictionary<string, string[]> Of(JsonException json)
    {
        var path = json.Path is null or "$" ? "" : json.Path.TrimStart('$').TrimStart('.');
        var missing = Missing().Match(json.Message);
        if (missing.Success)
        {
            var prefix = path.Length == 0 ? "" : path + ".";
            return Quoted().Matches(missing.Groups["names"].Value)
                .ToDictionary(name => prefix + name.Groups["name"].Value, _ => new[] { "Is required." });
        }

        if (path.Length > 0)
            return One(path, "Is not of the right type or form.");
        var notNull = NotNull().Match(json.Message);
        return notNull.Success
            ? One(CamelCase(notNull.Groups["name"].Value), "Must not be null.")
            : One(Body, "Is not valid JSON of the expected form.");
    }

    private static Dictionary<string, string[]> One(string field, string message) => new() { [field] = [message] };

    private static string CamelCase(string path) =>
        string.Join('.', path.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));

    [GeneratedRegex(
        """parameter "[^"]*?(?<name>\w+)" """, RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();

    [GeneratedRegex(
        "missing required properties including: (?<names>.*)",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Missing();

    [GeneratedRegex("'(?<name>[^']+)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Quoted();

    [GeneratedRegex("'(?<name>[^']+)' on type", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotNull();
}
