namespace Shop.Chaos;

/// <summary>The data platform's default form: a file of each process, an envelope a line.</summary>
internal sealed class PlatformFiles(string folder) : IPlatform
{
    public IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["DataPlatform:Directory"] = folder,
    };

    public IReadOnlyDictionary<string, Func<Task>> Failures { get; } = new Dictionary<string, Func<Task>>();

    public Task StartAsync() => Task.CompletedTask;

    public Task RepairAsync() => Task.CompletedTask;

    public IReadOnlyList<Arrival> Arrivals() => Directory.Exists(folder)
        ?
        [
            .. Directory.EnumerateFiles(folder)
            .SelectMany(file => Lines(file).Select(line => Arrival.Read(Path.GetFileName(file), line))),
        ]
        : [];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // A torn last line is written again by another process.
    private static string[] Lines(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n')[..^1];
    }
}
