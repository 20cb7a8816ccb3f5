using System.Globalization;
using System.Text;

namespace Shop.BuildingBlocks.Http;

/// <summary>Rows of CSV (RFC 4180).</summary>
public static class CsvText
{
    private static readonly char[] Quoted = [',', '"', '\r', '\n'];

    /// <summary>Appends a row with its line break.</summary>
    public static StringBuilder AppendCsv(this StringBuilder text, params ReadOnlySpan<object?> cells)
    {
        for (var i = 0; i < cells.Length; i++)
            text.Append(i == 0 ? "" : ",").Append(Cell(cells[i]));
        return text.Append("\r\n");
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        string words => Quote(Harmless(words)),
        DateTimeOffset time => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    // A spreadsheet takes text that starts so for a formula, and what a person typed could make it call anything.
    private static string Harmless(string words) =>
        words is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? $"'{words}" : words;

    private static string Quote(string words) =>
        words.IndexOfAny(Quoted) < 0 ? words : $"\"{words.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
