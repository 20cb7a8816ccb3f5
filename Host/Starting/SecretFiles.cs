using Shop.BuildingBlocks.Settings;

namespace Shop.Host.Starting;

/// <summary>
/// Settings from files, one for each: <c>Secrets:Directory</c> names their folder, a file's name the setting, with
/// <c>__</c> for <c>:</c>, its text the value. So a container's secrets and systemd's credentials reach the shop, and
/// no process list or environment shows them.
/// </summary>
internal static class SecretFiles
{
    public static void AddSecretFiles(this WebApplicationBuilder builder)
    {
        if (builder.Configuration["Secrets:Directory"] is not { Length: > 0 } directory)
            return;
        try
        {
            builder.Configuration.AddKeyPerFile(Path.GetFullPath(directory), optional: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException([$"Secrets:Directory: {error.Message}"]);
        }
    }
}
