using System.Text;

namespace Shop.Catalog.Imports;

/// <summary>The rows of a file of products, without those in which nothing stands.</summary>
internal sealed class ProductRows
{
    /// <summary>The longest values of a product, each letter of them a quote, have fewer.</summary>
    private const int MaximumLength = 100_000;

    private readonly CsvReader csv;
    private readonly IReadOnlyList<string> header;

    /// <exception cref="ValidationException">There is no header of known columns.</exception>
    /// <exception cref="DecoderFallbackException">It is not UTF-8.</exception>
    public ProductRows(Stream content)
    {
        content.Position = 0;
        // A byte order mark is no part of the text.
        var text = new StreamReader(content, new UTF8Encoding(true, true), false, leaveOpen: true);
        csv = new CsvReader(text, ProductCsv.Columns.Count, MaximumLength);
        header = csv.Read() && csv.Fault is null ? [.. csv.Cells.Select(name => name.Trim())] : [];
        if (header.Count == 0 || header.Except(ProductCsv.Columns).Any() || header.Distinct().Count() < header.Count)
            throw Invalid.Field(
                "header", $"Must be of the columns {string.Join(", ", ProductCsv.Columns)}, each at most once.");
    }

    /// <summary>The row's number in the file.</summary>
    public int Number => csv.Row;

    /// <returns>Whether there was another row.</returns>
    public bool Read()
    {
        while (csv.Read())
        {
            if (!csv.IsBlank)
                return true;
        }

        return false;
    }

    /// <summary>The row with its cells read.</summary>
    public ProductRow Parse()
    {
        var row = new ProductRow(csv.Row);
        if (csv.Fault is { } fault)
            row.Fail("row", fault);
        else if (csv.Cells.Count != header.Count)
            row.Fail("row", $"Must have {header.Count} cells, as the header has.");
        else
        {
            for (var i = 0; i < header.Count; i++)
                row.Set(header[i], csv.Cells[i]);
        }

        return row;
    }
}
