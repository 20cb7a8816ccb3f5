using System.Text;
using System.Text.Json;

namespace Shop.IntegrationTests.Fuzz;

/// <summary>Values as nobody sensible sends them, among those that pass, so that the next one is reached.</summary>
internal sealed class Hostile(Random random, IReadOnlyDictionary<string, string[]> known)
{
    private static readonly string[] Numbers =
    [
        "0", "1", "-1", "1000", "1001", "2147483647", "2147483648", "-2147483649", "9223372036854775807",
        "9223372036854775808", "-9223372036854775808",
        "1e3", "5.0", "0.1", "1e400", "-0", "00", "0x10", "NaN", "Infinity", "123456789012345678901234567890",
    ];

    private static readonly string[] Strings =
    [
        "", " ", "x", "%", "_", "\\", "'; drop table ordering.orders; --", "\" or 1=1", "<script>alert(1)</script>",
        "../../etc/passwd", "\u0000", "a\u0000b", "\u202Etxt", "\uFFFE",
        "a\uFFFEb", "a\uFFFE@example.com", "a@\uFFFE.example",
        "한국어 상품", "👩‍👩‍👧‍👦", "e\u0301", "\u001B[31m", "\r\nSet-Cookie: a=b", "{}", "null", "SELLING", "selling",
        "2026-02-30T00:00:00Z", "2026-11-21T00:00:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.9999999+14:00",
        "-infinity",
        "0190163d-8694-739b-aea5-966c26f8ad91",
        "00000000-0000-0000-0000-000000000000",
    ];

    private static readonly string[] Others =
        [
            "null",
            "true",
            "[]",
            "{}",
            "[null]",
            "[[[[[[[[[[]]]]]]]]]]",
            "{\"a\":{\"a\":{\"a\":{}}}}",
            "\"5\"",
            "\"\\ud800\"",
            "\"\\u0000\"",
            "\"\\ufffe\"",
            "1 2",
            "[1,]",
            "{\"a\":1,\"a\":2}",
            "/* */ 1",
            "+1",
            "'x'",
        ];

    // Every second request has little wrong with it, or nothing: those get far.
    private bool gentle;

    /// <summary>A request begins: its parameters and its body are of one mind.</summary>
    public void Begin() => gentle = random.Next(2) == 0;

    public byte[] Body(ApiSchema schema)
    {
        var json = Encoding.UTF8.GetBytes(Json("body", schema, depth: 0));
        return random.Next(gentle ? 400 : 40) switch
        {
            0 => [],
            1 => json[..random.Next(json.Length + 1)],
            2 => [0xEF, 0xBB, 0xBF, .. json],
            3 => [.. json, (byte)'}'],
            4 => [.. json, 0xFF, 0xFE],
            5 => Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(json)),
            6 => Encoding.UTF8.GetBytes(new string('[', random.Next(1, 5_000))),
            7 => Flip(json),
            8 => Encoding.UTF8.GetBytes($"{{\"padding\":\"{new string('x', 70_000)}\"}}"),
            _ => json,
        };
    }

    /// <summary>Values for a parameter in the path or the query.</summary>
    public string Text(ApiParameter parameter) => !IsOdd(3) && Plain(parameter.Name, parameter.Schema) is { } plain
        ? plain
        : random.Next(4) switch
        {
            0 => Pick(Numbers),
            1 => Pick(Strings),
            2 => new string('9', random.Next(1, 300)),
            _ => string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => (char)random.Next(1, 0xD7FF))),
        };

    private string Json(string name, ApiSchema schema, int depth)
    {
        if (IsOdd(14))
            return Pick(Others);
        if (schema.Members is { Count: > 0 } members && depth < 5)
            return Object(members, depth);
        if (schema.Items is { } item)
            return $"[{string.Join(
                ',',
                Enumerable.Range(0, IsOdd(12) ? 60 : random.Next(1, 4)).Select(_ => Json(name, item, depth + 1)))}]";
        if (schema.Is("boolean"))
            return IsOdd(6) ? Pick(Others) : Pick(["true", "false"]);
        if (!IsOdd(4) && Plain(name, schema) is { } plain)
            return schema.Is("integer") ? plain : JsonSerializer.Serialize(plain);
        return schema.Is("integer")
            ? Pick(Numbers)
            : JsonSerializer.Serialize(random.Next(10) == 0 ? new string('가', random.Next(3_000)) : Pick(Strings));
    }

    private string Object(IReadOnlyList<(string Name, ApiSchema Schema)> members, int depth)
    {
        var written = members.Where(_ => !IsOdd(12))
            .Select(member => $"\"{member.Name}\":{Json(member.Name, member.Schema, depth + 1)}")
            .ToList();
        if (IsOdd(10))
            written.Add("\"unknown\":[{\"deep\":[1,2,3]}]");
        if (IsOdd(20) && written.Count > 0)
            written.Add(written[0]);
        return $"{{{string.Join(',', written)}}}";
    }

    /// <returns>A value that can be right, or null where there is none for such a schema.</returns>
    private string? Plain(string name, ApiSchema schema)
    {
        if (known.TryGetValue(name, out var values))
            return Pick(values);
        if (schema.Names is { Count: > 0 } names)
            return Pick(names);
        if (schema.Format == "date-time")
            return $"2026-{random.Next(1, 13):00}-15T00:00:00Z";
        if (schema.Is("integer"))
            return $"{random.Next(1, 2_000)}";
        return schema.Is("string") ? $"text {random.Next(1_000)}" : null;
    }

    private byte[] Flip(byte[] json)
    {
        for (var i = 0; i < 3 && json.Length > 0; i++)
            json[random.Next(json.Length)] = (byte)random.Next(256);
        return json;
    }

    private bool IsOdd(int oneIn) => random.Next(gentle ? oneIn * 10 : oneIn) == 0;

    private T Pick<T>(IReadOnlyList<T> values) => values[random.Next(values.Count)];
}
