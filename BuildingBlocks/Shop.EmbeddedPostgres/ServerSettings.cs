using System.Globalization;
using System.Text;

namespace Shop.EmbeddedPostgres;

internal static class ServerSettings
{
    private static readonly string[] Durability = ["fsync", "synchronous_commit", "full_page_writes"];

    /// <summary>The caller's settings over the shop's defaults.</summary>
    public static IReadOnlyDictionary<string, string> Of(EmbeddedPostgresOptions options)
    {
        var settings = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
        };
        if (!options.Fsync)
        {
            foreach (var name in Durability)
                settings[name] = "off";
        }

        foreach (var (name, value) in options.Settings)
        {
            if (name.Length == 0
                || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.')
                || value.Any(char.IsControl))
                throw new ArgumentException($"'{name}' = '{value}' is not a PostgreSQL setting.", nameof(options));
            settings[name] = value;
        }

        return settings;
    }

    /// <summary>
    /// A postgresql.conf. The last mention of a name wins, so what keeps the server private comes last.
    /// </summary>
    public static string File(IReadOnlyDictionary<string, string> settings, int port)
    {
        var text = new StringBuilder("# Written at each start of the server: changes made here are lost.\n");
        foreach (var (name, value) in settings)
            Line(text, name, value);
        Line(text, "listen_addresses", "127.0.0.1");
        Line(text, "unix_socket_directories", "");
        Line(text, "password_encryption", "scram-sha-256");
        Line(text, "lc_messages", "C");
        Line(text, "port", port.ToString(CultureInfo.InvariantCulture));
        return text.ToString();
    }

    private static void Line(StringBuilder text, string name, string value) =>
        text.Append(name).Append(" = '")
            .Append(value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal))
            .Append("'\n");
}
