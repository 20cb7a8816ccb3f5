using System.ComponentModel;
using System.Reflection;

namespace Shop.BuildingBlocks.Settings;

/// <summary>A name in the tree of all settings: a section with names below it, or a setting with a value.</summary>
internal sealed class SettingNode
{
    private readonly Dictionary<string, SettingNode> children = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names below it; none for a setting.</summary>
    public IReadOnlyDictionary<string, SettingNode> Children => children;

    /// <summary>The type of a single value; null for a section and for a collection.</summary>
    public Type? ValueType { get; private set; }

    /// <summary>A list or a dictionary, whose keys are the configuration's own.</summary>
    public bool IsCollection { get; private set; }

    public static SettingNode Of(IEnumerable<SettingsSection> sections)
    {
        var root = new SettingNode();
        foreach (var section in sections)
            section.Name.Split(':').Aggregate(root, (node, name) => node.Child(name)).AddPropertiesOf(section.Options);
        return root;
    }

    public static bool IsSingleValue(Type type) => TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string));

    /// <summary>The properties that the configuration can set.</summary>
    public static IEnumerable<PropertyInfo> PropertiesOf(Type options) => options
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0);

    private SettingNode Child(string name)
    {
        if (!children.TryGetValue(name, out var child))
            children.Add(name, child = new SettingNode());
        return child;
    }

    private void AddPropertiesOf(Type options)
    {
        foreach (var property in PropertiesOf(options))
        {
            var node = Child(property.Name);
            if (IsSingleValue(property.PropertyType))
                node.ValueType = property.PropertyType;
            else if (property.PropertyType.IsAssignableTo(typeof(System.Collections.IEnumerable)))
                node.IsCollection = true;
            else
                node.AddPropertiesOf(property.PropertyType);
        }
    }
}
