using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Shop.BuildingBlocks.Settings;

/// <summary>A section of the configuration. Its options class is the only list of the keys that it has.</summary>
/// <param name="Name">Its path, such as <c>Identity:Tokens</c>.</param>
/// <param name="Options">The class that it is bound to.</param>
/// <param name="Faults">The faults of its values, once they can be bound.</param>
public sealed record SettingsSection(
    string Name, Type Options, Func<IConfiguration, IHostEnvironment, IEnumerable<string>> Faults);

/// <summary>Checks before the shop runs, and mostly not for a verb: folders, addresses.</summary>
/// <param name="Section">The section that it reads; with faults in it, the check is left out.</param>
public sealed record StartCheck(string Section, Func<IConfiguration, IEnumerable<string>> Faults)
{
    /// <summary>Whether a verb reads the section too.</summary>
    public bool IsForVerbs { get; init; }
}
