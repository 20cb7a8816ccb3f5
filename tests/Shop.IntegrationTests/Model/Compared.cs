using System.Globalization;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Model;

/// <summary>The shop's answers against the model's.</summary>
internal static class Compared
{
    public static void Agree(Reply expected, Answer answer)
    {
        var code = (int)answer.Status >= 400 && answer.Text.Length > 0 ? answer.Code : null;
        Assert.True(
            (int)answer.Status == expected.Status && code == expected.Code,
            $"Expected {expected.Status} {expected.Code}\nActual   {(int)answer.Status} {answer.Text}");
        expected.Learn?.Invoke(answer.Body);
        var body = expected.Body();
        if (expected.Code is null && body is null)
            Assert.Empty(answer.Text);
        else if (expected.Code is null)
            Same("The answer", View.Json(body), answer.Body);
        else if (body is not null)
            Includes(View.Json(body), answer);
    }

    public static void Same(string what, JsonElement expected, JsonElement actual)
    {
        if (JsonElement.DeepEquals(expected, actual))
            return;
        Assert.Fail(expected.ValueKind == JsonValueKind.Array && actual.ValueKind == JsonValueKind.Array
            ? $"{what} differs.\n{FirstDifference(expected, actual)}"
            : $"{what} differs.\nExpected {expected}\nActual   {actual}");
    }

    // A problem says more than the model knows: titles, details, trace ids.
    private static void Includes(JsonElement members, Answer answer)
    {
        foreach (var member in members.EnumerateObject())
            Assert.True(
                answer.Body.TryGetProperty(member.Name, out var actual) && JsonElement.DeepEquals(member.Value, actual),
                $"Expected {member.Name} = {member.Value}\nActual   {answer.Text}");
    }

    private static string FirstDifference(JsonElement expected, JsonElement actual)
    {
        var (some, others) = (expected.EnumerateArray().ToList(), actual.EnumerateArray().ToList());
        var at = Enumerable.Range(0, Math.Min(some.Count, others.Count))
            .FirstOrDefault(i => !JsonElement.DeepEquals(some[i], others[i]), Math.Min(some.Count, others.Count));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Of {some.Count} expected and {others.Count} actual, item {at}:\nExpected "
            + $"{some.ElementAtOrDefault(at)}\nActual   {others.ElementAtOrDefault(at)}");
    }
}
