using System.Text;
using Npgsql;
using Shop.Catalog.Products.Search;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

/// <summary><c>catalog.fold</c> and <c>catalog.name_grams</c> against their counterparts in C#.</summary>
public sealed class FoldedNameTests : ShopTest
{
    [Fact]
    public async Task Sql_folds_as_the_host_does()
    {
        var letters = Letters();
        var random = new Random(15);
        // Each letter by itself, between others, and in texts at random.
        List<string> texts =
        [
            .. letters, .. letters.Select(letter => $"a{letter}b"),
            .. Enumerable.Range(0, 10_000).Select(_ => string.Concat(
                Enumerable.Range(0, random.Next(2, 12)).Select(_ => letters[random.Next(letters.Count)]))),
        ];
        await AssertSameAsync(
            "select catalog.fold(text) from unnest($1) with ordinality as t (text, n) order by n",
            texts,
            FoldedText.Of);
    }

    [Fact]
    public async Task Sql_has_every_gram_of_a_word_that_is_searched_for()
    {
        string[] words = ["책", "책상", "keyboard", "😀a😀", "%_"];
        foreach (var word in words)
        {
            var grams = string.Join("','", SearchTerms.Of(word).Grams());
            Assert.True(await Shop.QueryAsync<bool>(
                $"select catalog.name_grams('first x{word}x last') @> array['{grams}']"));
        }

        Assert.Equal(["a", "b", "ab", "c"], await Shop.QueryAsync<string[]>("select catalog.name_grams('ab c')"));
    }

    [Fact]
    public async Task Sql_has_the_initials_that_the_host_has()
    {
        await AssertSameAsync(
            "select catalog.initials(text) from unnest($1) with ordinality as t (text, n) order by n",
            ["키보드 board", "가힣", "까싸", "\u110f", "😀", " ", .. Letters().Where(letter => letter != "\0")],
            Initials.Of);
    }

    private async Task AssertSameAsync(string sql, IReadOnlyList<string> texts, Func<string, string> expected)
    {
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = texts.ToArray() });
        await using var reader = await command.ExecuteReaderAsync();
        foreach (var text in texts)
        {
            Assert.True(await reader.ReadAsync());
            var (wanted, folded) = (expected(text), reader.GetString(0));
            Assert.True(wanted == folded, $"{Codes(text)}: {Codes(wanted)} in C#, {Codes(folded)} in SQL.");
        }
    }

    // The characters of the tables, and blocks that NFKC changes, all of them older than PostgreSQL 15's Unicode.
    private static List<string> Letters() =>
    [
        .. CaseFolding.Mappings.Keys.Select(rune => rune.ToString()),
        .. CaseFolding.Mappings.Values,
        .. Runes(0x0001, 0x36f), .. Runes(0x1100, 0x11ff), .. Runes(0x1e00, 0x20a0), .. Runes(0x2100, 0x218b),
        .. Runes(0x3000, 0x33ff), .. Runes(0xac00, 0xac80), .. Runes(0xf900, 0xfaff), .. Runes(0xfb00, 0xfb06),
        .. Runes(0xfe00, 0xffdc), .. Runes(0xfff0, 0xfff8), .. Runes(0x1f600, 0x1f610), .. Runes(0x1bca0, 0x1bca3),
        .. Runes(0x1d173, 0x1d17a), .. Runes(0x1d400, 0x1d454), .. Runes(0xe0000, 0xe01ef),
        "\u034f", "\u061c", "\u115f", "\u1160", "\u1680", "\u17b4", "\u180b", "\u180e", "\u00a0",
    ];

    private static IEnumerable<string> Runes(int first, int last) =>
        Enumerable.Range(first, last - first + 1).Select(code => new Rune(code).ToString());

    private static string Codes(string text) =>
        string.Join(' ', text.EnumerateRunes().Select(rune => $"{rune.Value:X4}"));
}
