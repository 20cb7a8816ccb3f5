using System.Collections.Frozen;
using System.Text.Json;

namespace Shop.BuildingBlocks;

/// <summary>Enums are UPPER_SNAKE over the wire and in the database.</summary>
public static class EnumNames
{
    public static string Of<T>(T value) where T : struct, Enum => Names<T>.ByValue[value];

    /// <exception cref="ArgumentException">The text is none of the names.</exception>
    public static T Read<T>(string name) where T : struct, Enum =>
        TryRead<T>(name, out var value)
            ? value
            : throw new ArgumentException($"{name} is not a {typeof(T).Name}.", nameof(name));

    public static bool TryRead<T>(string name, out T value)
        where T : struct, Enum => Names<T>.ByName.TryGetValue(name, out value);

    public static IReadOnlyList<string> All<T>() where T : struct, Enum => Names<T>.ByName.Keys;

    public static IEnumerable<string> All(Type type) =>
        Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseUpper.ConvertName);

    private static class Names<T> where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> ByValue =
            Enum.GetValues<T>().ToFrozenDictionary(
                value => value, value => JsonNamingPolicy.SnakeCaseUpper.ConvertName(value.ToString()));

        public static readonly FrozenDictionary<string, T> ByName = ByValue.ToFrozenDictionary(
            pair => pair.Value, pair => pair.Key);
    }
}
