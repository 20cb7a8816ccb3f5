using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Shop.BuildingBlocks.Settings;

/// <summary>Whether a text is a value of a setting's type.</summary>
internal static partial class SettingValue
{
    private const string SpanForm = "hh:mm:ss, or d.hh:mm:ss with days";
    private const int MaxHint = 86_400;

    /// <returns>Null where it is.</returns>
    public static string? FaultOf(string value, Type type)
    {
        var plain = Nullable.GetUnderlyingType(type);
        if (plain is not null && value.Length == 0)
            return null;
        plain ??= type;
        if (plain == typeof(string))
            return null;
        if (plain == typeof(TimeSpan))
            return FaultOfSpan(value);
        return CanConvert(value, plain) ? null : $"must be {Describe(plain)} (is {value})";
    }

    // TimeSpan.Parse reads a bare number as days, and so 24:00:00.
    private static string? FaultOfSpan(string value)
    {
        if (Span().IsMatch(value) && TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out _))
            return null;
        var isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        if (!isNumber || number > MaxHint)
            return $"must be a time span, {SpanForm} (is {value})";
        var (seconds, minutes) = (TimeSpan.FromSeconds(number), TimeSpan.FromMinutes(number));
        return $"must be a time span, {SpanForm}: {value} would be days, {seconds} is seconds, {minutes} is minutes";
    }

    private static bool CanConvert(string value, Type type)
    {
        try
        {
            // As the binder does.
            TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value);
            return true;
        }
        catch (Exception error) when (error is FormatException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    private static string Describe(Type type)
    {
        if (type == typeof(bool))
            return "true or false";
        if (type.IsEnum)
            return $"one of {string.Join(", ", Enum.GetNames(type))}";
        return type == typeof(int) || type == typeof(long) ? "a whole number" : $"a {type.Name}";
    }

    [GeneratedRegex(
        @"\A-?(\d{1,8}\.)?([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,7})?)?\z",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Span();
}
