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

    /// <summary>The text of a cell that was written here: without the apostrophe before a formula.</summary>
    public static string Plain(string cell) => cell is ['\'', ..] && IsFormula(cell) ? cell[1..] : cell;

    // A spreadsheet takes text that starts so for a formula, and what a person typed could make it call anything. A
    // text that has the apostrophe itself gets one more, so that it can be read again.
    private static string Harmless(string words) => IsFormula(words) ? $"'{words}" : words;

    private static bool IsFormula(string words) =>
        words.AsSpan().TrimStart('\'') is ['=' or '+' or '-' or '@' or '\t' or '\r', ..];

    private static string Quote(string words) =>
        words.IndexOfAny(Quoted) < 0 ? words : $"\"{words.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
