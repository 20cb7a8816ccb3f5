using FluentValidation;

namespace Shop.BuildingBlocks;

/// <summary>Lengths are in characters as a person counts them (code points), as PostgreSQL's <c>char_length</c> has them; not in UTF-16 units.</summary>
public static class Text
{
    public static int Length(string text) => text.EnumerateRunes().Count();

    public static IRuleBuilderOptions<T, string?> MaximumCharacters<T>(this IRuleBuilder<T, string?> text, int maximum) => text
        .Must(value => value is null || Length(value) <= maximum).WithMessage($"Must have at most {maximum} characters.");
}
