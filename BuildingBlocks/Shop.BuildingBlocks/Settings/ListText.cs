using Microsoft.Extensions.Configuration;

namespace Shop.BuildingBlocks.Settings;

/// <summary>A list of texts is a JSON array or, as environment variables need it, one text with commas.</summary>
internal static class ListText
{
    private const StringSplitOptions Blanks = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    public static void Apply(IConfigurationSection section, object options)
    {
        foreach (var property in SettingNode.PropertiesOf(options.GetType()))
        {
            var setting = section.GetSection(property.Name);
            if (property.PropertyType == typeof(string[]) && setting.Value is { Length: > 0 } text)
                property.SetValue(options, text.Split(',', Blanks));
            else if (IsSection(property.PropertyType) && setting.Exists() && property.GetValue(options) is { } nested)
                Apply(setting, nested);
        }
    }

    private static bool IsSection(Type type) =>
        !SettingNode.IsSingleValue(type) && !type.IsAssignableTo(typeof(System.Collections.IEnumerable));
}
