using FluentValidation;
using FluentValidation.Results;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Shop.BuildingBlocks;

public static class ValidatedOptions
{
    /// <summary>Binds a section of the configuration to its options; the host does not start with values that <typeparamref name="TValidator"/> refuses.</summary>
    public static IServiceCollection AddValidatedOptions<TOptions, TValidator>(this IServiceCollection services, IConfiguration configuration, string section)
        where TOptions : class
        where TValidator : class, IValidator<TOptions>, new()
    {
        services.AddOptions<TOptions>().Bind(configuration.GetSection(section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TOptions>>(new FluentOptions<TOptions>(section, new TValidator()));
        return services;
    }

    private sealed class FluentOptions<TOptions>(string section, IValidator<TOptions> validator) : IValidateOptions<TOptions> where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options)
        {
            var failures = validator.Validate(options).Errors;
            return failures.Count == 0
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail(failures.Select(Describe));
        }

        private string Describe(ValidationFailure failure) =>
            $"{section}:{failure.PropertyName}: {failure.ErrorMessage}{(failure.AttemptedValue is null ? "" : $" (is {failure.AttemptedValue})")}";
    }
}
