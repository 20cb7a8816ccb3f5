using System.Text.Json;

namespace Shop.BuildingBlocks.Http;

/// <summary>Enums in queries are written as in bodies, UPPER_SNAKE; anything else is refused, numbers too.</summary>
public static class EnumQuery
{
    /// <exception cref="FluentValidation.ValidationException">The value is none of the enum's names.</exception>
    public static T? Parse<T>(string field, string? value) where T : struct, Enum
    {
        if (value is null)
            return null;
        foreach (var known in Enum.GetValues<T>())
        {
            if (NameOf(known) == value)
                return known;
        }

        throw Invalid.Field(field, $"Must be one of {string.Join(", ", Enum.GetValues<T>().Select(NameOf))}.");
    }

    /// <summary>The name that goes over the wire and into the database.</summary>
    public static string NameOf<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseUpper.ConvertName(value.ToString());
}
