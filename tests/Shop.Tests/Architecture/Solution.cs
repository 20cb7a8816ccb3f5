using System.Reflection;
using System.Xml.Linq;
using Shop.BuildingBlocks;

namespace Shop.Tests.Architecture;

/// <summary>
/// The code as the tests of its structure see it: the projects on disk, and the assemblies that the host loads.
/// </summary>
internal static class Solution
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every module that the host references.</summary>
    public static IReadOnlyList<IModule> Modules { get; } =
    [
        .. ShopAssemblies().SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(IModule)))
            .Select(type => (IModule)Activator.CreateInstance(type)!),
    ];

    public static IReadOnlyList<Assembly> ShopAssemblies()
    {
        var host = typeof(Program).Assembly;
        var found = new Dictionary<string, Assembly> { [host.GetName().Name!] = host };
        var open = new Queue<Assembly>([host]);
        while (open.TryDequeue(out var assembly))
        {
            foreach (var name in assembly.GetReferencedAssemblies()
                .Where(name => name.Name!.StartsWith("Shop.", StringComparison.Ordinal)))
            {
                if (found.TryAdd(name.Name!, Assembly.Load(name)))
                    open.Enqueue(found[name.Name!]);
            }
        }

        return [.. found.Values];
    }

    /// <summary>Every project, by its name, with the names of the projects that it references.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Projects() => Directory
        .EnumerateFiles(Root, "*.csproj", SearchOption.AllDirectories)
        .Where(file => !IsBuildOutput(file))
        .ToDictionary(
            file => Path.GetFileNameWithoutExtension(file),
            IReadOnlyList<string> (file) =>
            [
                .. XDocument.Load(file).Descendants("ProjectReference")
                    .Select(
                        reference =>
                            Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))),
            ]);

    public static IEnumerable<string> SourceFiles(string folder) => Directory
        .EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is ".cs" or ".sql" && !IsBuildOutput(file));

    /// <summary>The modules of the pages for people.</summary>
    public static IEnumerable<string> PageScripts() => Directory
        .EnumerateFiles(Path.Combine(Root, "Host", "wwwroot"), "*.js", SearchOption.AllDirectories);

    /// <summary>Every Markdown page.</summary>
    public static IEnumerable<string> Pages() => Directory
        .EnumerateFiles(Root, "*.md", SearchOption.AllDirectories)
        .Where(file => !IsBuildOutput(file));

    private static bool IsBuildOutput(string file) =>
        Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar) is var parts
            && (parts.Contains("obj")
            || parts.Contains("bin")
            || parts.Contains("data")
            || parts.Contains("node_modules")
            || parts.Contains("templates"));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Shop.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Shop.sln stands in no folder above the tests.");
    }
}
