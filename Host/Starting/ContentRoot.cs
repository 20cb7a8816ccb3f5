namespace Shop.Host.Starting;

/// <summary>Where the settings and the pages are, whatever the working directory is.</summary>
internal static class ContentRoot
{
    private const string Project = "Shop.Host.csproj";
    private const string Pages = "wwwroot";

    /// <returns>
    /// The folder of the application. For a build output inside of the project, which has no pages of its own, it is
    /// the project's folder, where <c>dotnet run</c> has it too. Null where the command line or the environment names
    /// one.
    /// </returns>
    public static string? For(string[] args)
    {
        var named = new ConfigurationBuilder()
            .AddEnvironmentVariables("DOTNET_")
            .AddEnvironmentVariables("ASPNETCORE_")
            .AddCommandLine(args)
            .Build()[HostDefaults.ContentRootKey];
        return string.IsNullOrEmpty(named) ? ProjectFolder() ?? AppContext.BaseDirectory : null;
    }

    private static string? ProjectFolder()
    {
        // A published program may lie below the project as well.
        if (Directory.Exists(Path.Combine(AppContext.BaseDirectory, Pages)))
            return null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Project)))
                return folder.FullName;
        }

        return null;
    }
}
