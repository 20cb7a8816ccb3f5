using System.Text;
using Shop.BuildingBlocks.Http;
using Xunit;

namespace Shop.Tests.Http;

public sealed class CsvReaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a,b", "[a|b]")]
    [InlineData("a,b\r\n", "[a|b]")]
    [InlineData("a\nb\rc\r\nd", "[a][b][c][d]")]
    [InlineData("a,\n,b\n\n", "[a|][|b][]")]
    [InlineData("\"a\",\"\"\n", "[a|]")]
    [InlineData("\"a,\"\"\r\nc\",d", "[a,\"\r\nc|d]")]
    [InlineData("a\"b,c\nd", "!A quote stands inside a cell.[d]")]
    [InlineData("\"a\"b\nd", "!A quote stands inside a cell.[d]")]
    [InlineData("\"a\"\"\nd", "!A quote is not closed.")]
    [InlineData("a,b,c,d\ne", "!Has more than 3 cells.[e]")]
    [InlineData("12345678901\ne", "!Has more than 10 characters.[e]")]
    [InlineData("\"1234567890\n\"\ne", "!Has more than 10 characters.[e]")]
    public void Rows_are_read_as_rfc_4180_has_them(string text, string expected)
    {
        var csv = new CsvReader(new StringReader(text), maximumCells: 3, maximumLength: 10);
        var rows = new StringBuilder();
        while (csv.Read())
            rows.Append(csv.Fault is { } fault ? $"!{fault}" : $"[{string.Join('|', csv.Cells)}]");
        Assert.Equal(expected, rows.ToString());
    }

    [Theory]
    [InlineData(',')]
    [InlineData('x')]
    [InlineData('"')]
    [InlineData('\n')]
    public void A_file_of_one_letter_takes_no_memory(char letter)
    {
        var text = new StringReader(new string(letter, 10 * 1024 * 1024));
        var csv = new CsvReader(text, maximumCells: 9, maximumLength: 100_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        while (csv.Read())
            Assert.True(csv.Fault is not null || csv.IsBlank);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
    }

    [Theory]
    [InlineData("=1")]
    [InlineData("'=1")]
    [InlineData("''@")]
    [InlineData("'")]
    [InlineData("'a")]
    [InlineData("-")]
    [InlineData("a, \"b\"\r\nc")]
    public void A_text_that_was_written_is_read_again(string text)
    {
        var row = new StringBuilder().AppendCsv(text, "x").ToString();
        var csv = new CsvReader(new StringReader(row), maximumCells: 2, maximumLength: 100);
        Assert.True(csv.Read());
        Assert.Equal([text, "x"], csv.Cells.Select(CsvText.Plain));
        Assert.False(csv.Read());
    }
}
