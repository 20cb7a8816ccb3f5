namespace Shop.BuildingBlocks.Settings;

/// <summary>The configuration has faults. The message is one line, names every fault and tells no secret.</summary>
public sealed class ConfigurationException(IReadOnlyList<string> faults)
    : Exception($"Wrong configuration: {string.Join("; ", faults.Select(OneLine))}")
{
    public IReadOnlyList<string> Faults => faults;

    private static string OneLine(string fault) =>
        string.Join(' ', fault.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
