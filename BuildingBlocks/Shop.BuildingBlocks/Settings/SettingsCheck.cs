using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Shop.BuildingBlocks.Settings;

/// <summary>
/// Finds every fault of the configuration before anything is started: unknown names, wrong types, values out of range.
/// </summary>
public static class SettingsCheck
{
    /// <param name="sections">All that there are.</param>
    /// <param name="checks">Those of a start, or of a verb.</param>
    /// <returns>Each with the path of its setting. No secret's value is among them.</returns>
    public static IReadOnlyList<string> FaultsIn(
        IConfiguration configuration,
        IHostEnvironment environment,
        IReadOnlyList<SettingsSection> sections,
        IReadOnlyList<StartCheck> checks)
    {
        var shape = new Shape();
        shape.Check(configuration, SettingNode.Of(sections));

        // A section that can't be bound can't be validated either: its faults are told already.
        var values = sections
            .Where(section => !shape.IsBroken(section.Name))
            .Select(section => (section.Name, Faults: section.Faults(configuration, environment).ToList()))
            .ToList();
        var wrong = values.Where(section => section.Faults.Count > 0).Select(section => section.Name).ToList();
        return
        [
            .. shape.Faults,
            .. values.SelectMany(section => section.Faults),
            .. checks.Where(check => !shape.IsBroken(check.Section) && !wrong.Contains(check.Section))
                .SelectMany(check => check.Faults(configuration)),
        ];
    }

    /// <summary>Names and types, by the tree of what is known.</summary>
    private sealed class Shape
    {
        private readonly List<(string Path, string Fault)> faults = [];

        public IEnumerable<string> Faults => faults.Select(fault => $"{fault.Path}: {fault.Fault}");

        public bool IsBroken(string section) => faults.Any(fault =>
            fault.Path.Equals(section, StringComparison.OrdinalIgnoreCase)
            || fault.Path.StartsWith($"{section}:", StringComparison.OrdinalIgnoreCase));

        public void Check(IConfiguration configuration, SettingNode root)
        {
            foreach (var top in configuration.GetChildren())
            {
                if (root.Children.TryGetValue(top.Key, out var section))
                    CheckSection(top, section, isTop: true);
                // Environment variables of every program are here. A section that all but has a name of ours is a slip.
                else if (top.GetChildren().Any() && Spelling.Nearest(top.Key, root.Children.Keys) is { } near)
                    faults.Add((top.Path, $"there is no such section; is it {near}?"));
            }
        }

        private void CheckSection(IConfigurationSection section, SettingNode node, bool isTop)
        {
            foreach (var child in section.GetChildren())
            {
                if (!node.Children.TryGetValue(child.Key, out var known))
                    faults.Add((child.Path, $"there is no such setting{Suggestion(child, node)}"));
                else if (known.Children.Count > 0)
                    CheckSection(child, known, isTop: false);
                else if (!known.IsCollection)
                    CheckValue(child, known.ValueType!);
            }

            // At the top it may be anything: HOME and the like are names there too.
            if (!isTop && !string.IsNullOrEmpty(section.Value))
                faults.Add((section.Path, "has settings below it, and no value of its own"));
        }

        private void CheckValue(IConfigurationSection setting, Type type)
        {
            if (setting.GetChildren().FirstOrDefault() is { } below)
                faults.Add((below.Path, $"there is no such setting; {setting.Path} has a single value"));
            else if (setting.Value is { } value && SettingValue.FaultOf(value, type) is { } fault)
                faults.Add((setting.Path, fault));
        }

        private static string Suggestion(IConfigurationSection unknown, SettingNode node) =>
            Spelling.Nearest(unknown.Key, node.Children.Keys) is { } near
                ? $"; is it {ConfigurationPath.GetParentPath(unknown.Path)}:{near}?"
                : $"; there are {string.Join(", ", node.Children.Keys.Order(StringComparer.Ordinal))}";
    }
}
