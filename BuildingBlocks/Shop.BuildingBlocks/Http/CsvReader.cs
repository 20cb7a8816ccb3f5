using System.Text;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Reads rows of CSV (RFC 4180) one after the other. A row is bounded by its cells and its characters, so that a file
/// of separators, or of one cell without an end, takes no memory.
/// </summary>
public sealed class CsvReader(TextReader text, int maximumCells, int maximumLength)
{
    private readonly List<string> cells = [];
    private readonly StringBuilder cell = new();
    private int length;
    private bool isQuoted;
    private bool wasQuoted;

    /// <summary>As a spreadsheet numbers it: 1 is the first of the file, blank ones count.</summary>
    public int Row { get; private set; }

    public IReadOnlyList<string> Cells => cells;

    /// <summary>The reason for which the row can't be read; null where it can.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether nothing stands in the row.</summary>
    public bool IsBlank => Fault is null && cells is [""] && length == 0;

    /// <returns>Whether there was another row.</returns>
    public bool Read()
    {
        var next = text.Read();
        if (next < 0)
            return false;
        Row++;
        cells.Clear();
        cell.Clear();
        (length, isQuoted, wasQuoted, Fault) = (0, false, false, null);
        for (; next >= 0 && !IsEnd(next); next = text.Read())
            Take((char)next);
        if (isQuoted)
            Fault ??= "A quote is not closed.";
        EndCell();
        return true;
    }

    private bool IsEnd(int letter)
    {
        if (isQuoted || letter is not ('\r' or '\n'))
            return false;
        if (letter == '\r' && text.Peek() == '\n')
            _ = text.Read();
        return true;
    }

    private void Take(char letter)
    {
        if (++length > maximumLength)
            Fault ??= $"Has more than {maximumLength} characters.";
        if (isQuoted)
            TakeQuoted(letter);
        else if (letter == ',')
            EndCell();
        else if (letter == '"' && cell.Length == 0 && !wasQuoted)
            isQuoted = wasQuoted = true;
        else if (letter == '"' || wasQuoted)
            Fault ??= "A quote stands inside a cell.";
        else
            Append(letter);
    }

    private void TakeQuoted(char letter)
    {
        if (letter == '"' && text.Peek() != '"')
            isQuoted = false;
        else
            Append(letter == '"' ? (char)text.Read() : letter);
    }

    // A row with a fault is read to its end, and kept no further.
    private void Append(char letter)
    {
        if (Fault is null)
            cell.Append(letter);
    }

    private void EndCell()
    {
        if (cells.Count == maximumCells)
            Fault ??= $"Has more than {maximumCells} cells.";
        if (Fault is null)
            cells.Add(cell.ToString());
        cell.Clear();
        wasQuoted = false;
    }
}
