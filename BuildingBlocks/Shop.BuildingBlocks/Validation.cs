using FluentValidation;

namespace Shop.BuildingBlocks;

internal static class Validation
{
    /// <exception cref="ValidationException">Members of the request are not valid.</exception>
    public static void Validate<T>(this IEnumerable<IValidator<T>> validators, T request)
    {
        var failures = validators.SelectMany(validator => validator.Validate(request).Errors).ToList();
        if (failures.Count > 0)
            throw new ValidationException(failures);
    }
}
