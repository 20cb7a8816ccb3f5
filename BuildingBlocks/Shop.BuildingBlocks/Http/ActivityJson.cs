using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Bodies and answers as the activity log keeps them: without secrets, users' e-mails and names masked.
/// </summary>
internal static class ActivityJson
{
    /// <summary>The type of a target that is an account.</summary>
    private const string User = "USER";

    private const string IdSuffix = "Id";

    /// <summary>The type of the thing that a member such as <c>apiKeyId</c> names: <c>API_KEY</c>.</summary>
    /// <returns>Null where the member names nothing.</returns>
    public static string? TypeOf(string member) =>
        member.Length > IdSuffix.Length && member.EndsWith(IdSuffix, StringComparison.Ordinal)
            ? UpperSnake(member[..^IdSuffix.Length])
            : null;

    public static string UpperSnake(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && text.Length > 0)
                text.Append('_');
            text.Append(letter == '-' ? '_' : char.ToUpperInvariant(letter));
        }

        return text.ToString();
    }

    /// <summary>The thing that an answer is about: its first id, or that of the first thing in it.</summary>
    public static (string Type, string Id)? TargetOf(JsonNode? answer)
    {
        if (answer is not JsonObject members)
            return null;
        foreach (var (name, value) in members)
        {
            if (value is JsonValue id && TypeOf(name) is { } type)
                return (type, id.ToString());
        }

        return TargetOf(members.Select(member => member.Value).OfType<JsonObject>().FirstOrDefault());
    }

    public static long? UserIdOf(JsonNode? members) =>
        members is JsonObject found && found["userId"] is JsonValue id && id.TryGetValue(out long userId)
            ? userId
            : null;

    /// <summary>The members of a value that are given.</summary>
    /// <returns>Null where the value is no object.</returns>
    public static JsonObject? MembersOf(object? value, Type type, JsonSerializerOptions json)
    {
        var members = JsonSerializer.SerializeToNode(value, type, json) as JsonObject;
        foreach (var absent in members?.Where(member => member.Value is null).ToList() ?? [])
            members!.Remove(absent.Key);
        return members;
    }

    /// <summary>The members that differ, as they were and as they are.</summary>
    public static (JsonObject Before, JsonObject After) Differences(JsonObject before, JsonObject after)
    {
        var changed = after.Where(member => !JsonNode.DeepEquals(member.Value, before[member.Key]))
            .Select(member => member.Key)
            .ToList();
        return (Pick(before, changed), Pick(after, changed));
    }

    /// <summary>The text that is kept.</summary>
    public static string? Masked(JsonObject? members, string targetType, JsonSerializerOptions json)
    {
        if (members is null)
            return null;
        Mask(members, hasPersonsName: targetType == User);
        return members.ToJsonString(json);
    }

    private static void Mask(JsonNode? node, bool hasPersonsName)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
                Mask(item, hasPersonsName);
            return;
        }

        if (node is not JsonObject members)
            return;
        foreach (var (name, value) in members.ToList())
        {
            if (SecretMembers.Contains(name))
                members.Remove(name);
            else if (value is JsonValue && (name == "email" || (hasPersonsName && name == "name")))
                members[name] = Mask(value.ToString());
            else
                Mask(value, hasPersonsName);
        }
    }

    private static string Mask(string text) => text.Length == 0 ? text : $"{text.EnumerateRunes().First()}***";

    private static JsonObject Pick(JsonObject from, IEnumerable<string> names) =>
        new(names.Select(name => KeyValuePair.Create(name, from[name]?.DeepClone())));
}
