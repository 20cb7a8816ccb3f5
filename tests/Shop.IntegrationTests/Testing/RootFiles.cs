namespace Shop.IntegrationTests.Testing;

/// <summary>The project's files, beside its solution.</summary>
internal static class RootFiles
{
    private static readonly string Root = FindRoot();

    /// <param name="path">From the solution's folder.</param>
    public static string Of(string path) => Path.Combine(Root, path);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Shop.sln")))
            folder = folder.Parent
                ?? throw new InvalidOperationException("Shop.sln stands in no folder above the tests.");
        return folder.FullName;
    }
}
