using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Shop.BuildingBlocks.Settings;
using Shop.Host;
using Shop.Tests.Architecture;
using Xunit;

namespace Shop.Tests.Docs;

/// <summary>The tables of <c>docs/configuration.md</c> are the options classes.</summary>
public sealed partial class ConfigurationPageTests
{
    // Their defaults depend on the machine, so the page tells how they are computed.
    private static readonly string[] Computed = ["Batching:Parallelism"];

    private static readonly string Page = File.ReadAllText(Path.Combine(Solution.Root, "docs", "configuration.md"));

    [Fact]
    public void Every_setting_has_its_row_with_type_and_default() => Architecture.Faults.AssertNone(Faults(Page));

    [Theory]
    [InlineData(
        "| `PaymentWindow` | time | `00:15:00` |",
        "| `PaymentWindow` | time | `00:20:00` |",
        "the default of Ordering:PaymentWindow is `00:15:00`")]
    [InlineData("| `HttpsPort` | number |", "| `HttpsPort` | text |", "the type of Http:HttpsPort is number")]
    [InlineData("| `PaymentWindow` |", "| `PaymentWindw` |", "there is no setting Ordering:PaymentWindw")]
    [InlineData("| `PaymentWindow` |", "| `PaymentWindw` |", "Ordering:PaymentWindow has no row")]
    [InlineData("`00:00:00.3`", "none", "the default of Catalog:Search:Timeout is `00:00:00.3`")]
    [InlineData("half of all", "`10000`", "the default of Http:MaximumConnectionsPerNetwork is no value")]
    public void A_wrong_row_is_found(string row, string wrong, string fault)
    {
        Assert.Contains(row, Page, StringComparison.Ordinal);
        Assert.Contains(
            Faults(Page.Replace(row, wrong, StringComparison.Ordinal)),
            found => found.EndsWith(fault, StringComparison.Ordinal));
    }

    private static List<string> Faults(string page)
    {
        var rows = RowsOf(page);
        var known = Settings().ToDictionary(setting => setting.Name);
        return
        [
            .. known.Keys.Except(rows.Keys).Select(name => $"docs/configuration.md: {name} has no row"),
            .. rows.Keys.Except(known.Keys).Select(name => $"docs/configuration.md: there is no setting {name}"),
            .. rows.Where(row => known.ContainsKey(row.Key)).SelectMany(row => FaultsOf(row.Value, known[row.Key])),
        ];
    }

    private static IEnumerable<string> FaultsOf(Row row, Setting setting)
    {
        if (row.Type != setting.Type)
            yield return $"docs/configuration.md: the type of {setting.Name} is {setting.Type}";
        if (setting.Default is { } value && row.Default != $"`{value}`")
            yield return $"docs/configuration.md: the default of {setting.Name} is `{value}`";
        if (setting.Default is null && row.Default.StartsWith('`'))
            yield return $"docs/configuration.md: the default of {setting.Name} is no value";
    }

    private static Dictionary<string, Row> RowsOf(string page)
    {
        var rows = new Dictionary<string, Row>();
        var section = "";
        foreach (var line in page.Split('\n'))
        {
            if (Heading().Match(line) is { Success: true } heading)
                section = heading.Groups["section"].Value;
            else if (TableRow().Match(line) is { Success: true } row && section.Length > 0)
                rows.Add(
                    $"{section}:{row.Groups["name"].Value}",
                    new Row(row.Groups["type"].Value, row.Groups["default"].Value));
        }

        return rows;
    }

    private static IEnumerable<Setting> Settings()
    {
        var builder = ShopServices.CreateBuilder(["--environment=Development"], Solution.Modules, isStart: false);
        return builder.Services.Select(service => service.ImplementationInstance).OfType<SettingsSection>()
            .SelectMany(
                section => SettingsOf(section.Name, section.Options, Activator.CreateInstance(section.Options)!));
    }

    private static IEnumerable<Setting> SettingsOf(string path, Type options, object defaults)
    {
        foreach (var property in SettingNode.PropertiesOf(options))
        {
            var (name, value) = ($"{path}:{property.Name}", property.GetValue(defaults));
            if (TypeOf(property) is { } type)
                yield return new Setting(name, type, Computed.Contains(name) ? null : TextOf(value));
            else
            {
                foreach (var nested in SettingsOf(name, property.PropertyType, value!))
                    yield return nested;
            }
        }
    }

    private static string? TypeOf(PropertyInfo property) =>
        (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) switch
        {
            var type when type == typeof(string) || type.IsEnum => "text",
            var type when type == typeof(int) || type == typeof(long) => "number",
            var type when type == typeof(bool) => "flag",
            var type when type == typeof(TimeSpan) => "time",
            var type when type == typeof(string[]) => "list",
            _ => null,
        };

    private static string? TextOf(object? value) => value switch
    {
        null or string[] { Length: 0 } => null,
        bool flag => flag ? "true" : "false",
        Enum name => name.ToString().ToUpperInvariant(),
        TimeSpan time => time.Ticks % TimeSpan.TicksPerSecond == 0 ? time.ToString() : time.ToString().TrimEnd('0'),
        var other => Convert.ToString(other, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex("^### `(?<section>[A-Za-z:]+)`$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(
        @"^\| `(?<name>[A-Za-z:]+)` \| (?<type>\w+) \| (?<default>[^|]+?) \|",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex TableRow();

    private sealed record Row(string Type, string Default);

    /// <param name="Default">Null where it is not set, or computed.</param>
    private sealed record Setting(string Name, string Type, string? Default);
}
