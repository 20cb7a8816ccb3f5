using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Settings;

namespace Shop.Host.Starting;

/// <summary>The section <c>Database</c>, as far as the private server of Development reads it.</summary>
internal sealed class PrivateDatabaseOptions
{
    public const string Section = "Database";

    /// <summary>Where it lives, relative to the content root.</summary>
    public string DataDirectory { get; set; } = "data/postgres";
}

/// <summary>The section <c>Secrets</c>.</summary>
internal sealed class SecretsOptions
{
    public const string Section = "Secrets";

    /// <summary>A folder of files, one for each setting.</summary>
    public string? Directory { get; set; }
}

internal static class SettingsServices
{
    /// <summary>The sections of the host itself, which are read before there are services.</summary>
    /// <param name="contentRoot">The folder of relative paths in the section <c>Kestrel</c>.</param>
    public static void AddHostSettings(
        this IServiceCollection services, IConfiguration configuration, string contentRoot)
    {
        services.AddDatabaseSettings(configuration);
        services.AddValidatedOptions(configuration, PrivateDatabaseOptions.Section, _ => Any<PrivateDatabaseOptions>());
        services.AddValidatedOptions(configuration, SecretsOptions.Section, _ => Any<SecretsOptions>());
        services.AddValidatedOptions<ConnectionStringsOptions>(
            configuration,
            ConnectionStringsOptions.Section,
            environment => new ConnectionStringsValidator(environment));
        services.AddSingleton(new StartCheck("Logging", LogLevels.Faults) { IsForVerbs = true });
        services.AddSingleton(new StartCheck("Urls", Listening.Faults));
        services.AddSingleton(new StartCheck("Kestrel", settings => Certificates.Faults(settings, contentRoot)));
    }

    /// <summary>Finds every fault of the configuration, before anything is started.</summary>
    /// <param name="isStart">Whether the shop is to run; a verb listens nowhere and writes no files.</param>
    /// <exception cref="ConfigurationException">There is one.</exception>
    public static void CheckSettings(this WebApplicationBuilder builder, bool isStart)
    {
        var faults = SettingsCheck.FaultsIn(
            builder.Configuration,
            builder.Environment,
            [.. Registered<SettingsSection>()],
            [.. Registered<StartCheck>().Where(check => isStart || check.IsForVerbs)]);
        if (faults.Count > 0)
            throw new ConfigurationException(faults);

        IEnumerable<T> Registered<T>() =>
            builder.Services.Select(service => service.ImplementationInstance).OfType<T>();
    }

    private static ValidateOptions<T> Any<T>() where T : class => new(Options.DefaultName, _ => true, "");
}
