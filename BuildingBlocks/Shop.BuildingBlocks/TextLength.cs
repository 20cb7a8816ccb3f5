using FluentValidation;

namespace Shop.BuildingBlocks;

/// <summary>
/// Counted in characters as a person counts them (code points), as PostgreSQL's <c>char_length</c> has them; not in
/// UTF-16 units.
/// </summary>
public static class TextLength
{
    /// <summary>Of names that have no maximum of their own.</summary>
    public const int Name = 200;

    /// <summary>Of reasons and references that have no maximum of their own.</summary>
    public const int Reason = 500;

    public static int Of(string text) => text.EnumerateRunes().Count();

    public static IRuleBuilderOptions<T, string?> MaximumCharacters<T>(
        this IRuleBuilder<T, string?> text, int maximum) => text
        .Must(value => value is null || Of(value) <= maximum).WithMessage($"Must have at most {maximum} characters.");
}
