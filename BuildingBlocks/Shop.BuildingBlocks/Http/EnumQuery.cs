namespace Shop.BuildingBlocks.Http;

/// <summary>Enums in queries are written as in bodies; anything else is refused, numbers and other cases too.</summary>
public static class EnumQuery
{
    /// <exception cref="FluentValidation.ValidationException">The value is none of the enum's names.</exception>
    public static T? Parse<T>(string field, string? value) where T : struct, Enum
    {
        if (value is null)
            return null;
        return EnumNames.TryRead<T>(value, out var known)
            ? known
            : throw Invalid.Field(field, $"Must be one of {string.Join(", ", EnumNames.All<T>())}.");
    }
}
