using FluentValidation;
using FluentValidation.Results;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Settings;

namespace Shop.BuildingBlocks;

public static class ValidatedOptions
{
    /// <summary>
    /// Binds a section of the configuration to its options; the host does not start with values that
    /// <typeparamref name="TValidator"/> refuses.
    /// </summary>
    public static IServiceCollection AddValidatedOptions<TOptions, TValidator>(
        this IServiceCollection services, IConfiguration configuration, string section)
        where TOptions : class, new()
        where TValidator : class, IValidator<TOptions>, new()
    {
        var validator = new FluentOptions<TOptions>(section, new TValidator());
        services.AddSingleton<IValidateOptions<TOptions>>(validator);
        return services.AddSection<TOptions>(configuration, section, _ => validator);
    }

    /// <summary>The same, for what a validator of another kind decides, perhaps by the environment.</summary>
    public static IServiceCollection AddValidatedOptions<TOptions>(
        this IServiceCollection services,
        IConfiguration configuration,
        string section,
        Func<IHostEnvironment, IValidateOptions<TOptions>> validator)
        where TOptions : class, new()
    {
        services.AddSingleton(provider => validator(provider.GetRequiredService<IHostEnvironment>()));
        return services.AddSection(configuration, section, validator);
    }

    /// <summary>A check before the shop runs, and not for a verb of the command line.</summary>
    public static IServiceCollection AddStartCheck<TOptions>(
        this IServiceCollection services, string section, Func<TOptions, IEnumerable<string>> faults)
        where TOptions : class, new() =>
        services.AddSingleton(new StartCheck(section, settings => faults(Read<TOptions>(settings, section))));

    private static IServiceCollection AddSection<TOptions>(
        this IServiceCollection services,
        IConfiguration configuration,
        string section,
        Func<IHostEnvironment, IValidateOptions<TOptions>> validator)
        where TOptions : class, new()
    {
        services.AddOptions<TOptions>()
            .Bind(configuration.GetSection(section))
            .Configure(options => ListText.Apply(configuration.GetSection(section), options))
            .ValidateOnStart();
        return services.AddSingleton(new SettingsSection(section, typeof(TOptions), (settings, environment) =>
            validator(environment).Validate(Options.DefaultName, Read<TOptions>(settings, section)).Failures ?? []));
    }

    private static TOptions Read<TOptions>(IConfiguration configuration, string section) where TOptions : class, new()
    {
        var options = new TOptions();
        configuration.GetSection(section).Bind(options);
        ListText.Apply(configuration.GetSection(section), options);
        return options;
    }

    private sealed class FluentOptions<TOptions>(string section, IValidator<TOptions> validator)
        : IValidateOptions<TOptions> where TOptions : class
    {
        // A value is told with its fault, but never a secret's.
        private static readonly string[] Secrets = ["Secret", "Password", "Key", "Token", "Endpoint"];

        public ValidateOptionsResult Validate(string? name, TOptions options)
        {
            var failures = validator.Validate(options).Errors;
            return failures.Count == 0
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail(failures.Select(Describe));
        }

        private string Describe(ValidationFailure failure)
        {
            var isTold = failure.AttemptedValue is not null
                && !Secrets.Any(secret => failure.PropertyName.Contains(secret, StringComparison.OrdinalIgnoreCase));
            var path = $"{section}:{failure.PropertyName.Replace('.', ':')}";
            return $"{path}: {failure.ErrorMessage}{(isTold ? $" (is {failure.AttemptedValue})" : "")}";
        }
    }
}
