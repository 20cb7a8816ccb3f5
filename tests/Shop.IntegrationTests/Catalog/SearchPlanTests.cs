using System.Globalization;
using System.Text.RegularExpressions;
using Dapper;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.Catalog.Products;
using Shop.Catalog.Products.Search;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

/// <summary>Plans of searches among 10,000 products: just filled and analyzed, custom and generic.</summary>
public sealed partial class SearchPlanTests : ShopTest
{
    private const int Limit = 21;
    private const int Sample = 2_100;

    private const string Fill = """
        insert into catalog.products (name, price, status, created_at)
        select 'Name ' || n || case when n % 3000 = 7 then ' 책상' else '' end,
            n % 97, case when n % 5 = 0 then 'STOPPED' else 'SELLING' end, now()
        from generate_series(1, 10000) n
        """;

    [Fact]
    public async Task A_rare_word_goes_by_the_index_of_grams_and_a_frequent_one_by_the_index_of_the_sort()
    {
        await using var connection = new NpgsqlConnection(DatabaseServices.WithDefaults(Shop.ConnectionString));
        await connection.OpenAsync();
        await connection.ExecuteAsync(Fill);
        foreach (var (name, value) in SearchProductsHandler.Planning)
            await connection.ExecuteAsync($"set {name} = {value}");
        foreach (var analyzed in new[] { false, true })
        {
            if (analyzed)
                await connection.ExecuteAsync("analyze catalog.products");
            foreach (var planning in new[] { "force_custom_plan", "force_generic_plan" })
            {
                await connection.ExecuteAsync($"set plan_cache_mode = {planning}");
                foreach (var sort in Enum.GetValues<ProductSort>())
                {
                    foreach (var status in new[] { ListedStatus.Selling, ListedStatus.All })
                        await CheckAsync(connection, new ProductOrder(status, sort, IsFirst: true));
                    await CheckAsync(connection, new ProductOrder(ListedStatus.Selling, sort, IsFirst: false));
                }
            }
        }
    }

    private static async Task CheckAsync(NpgsqlConnection connection, ProductOrder order)
    {
        await CheckAsync(connection, order, SearchedText.Name, "products_by_grams");
        await CheckAsync(connection, order, SearchedText.All, "products_by_text_grams");
    }

    private static async Task CheckAsync(
        NpgsqlConnection connection, ProductOrder order, SearchedText text, string index)
    {
        var rare = await ExplainAsync(connection, order, SearchTerms.Of("책상", text));
        Assert.True(rare.Any(line => IsRun(line, $"Bitmap Index Scan on {index}")), Text(rare));
        Assert.True(SampleScan(rare).Length > 0, Text(rare));

        var frequent = await ExplainAsync(connection, order, SearchTerms.Of("name", text));
        Assert.DoesNotContain(frequent, line => IsRun(line, index));
        // The walk ends with the page.
        var walk = SampleScan(frequent);
        Assert.NotEmpty(walk);
        Assert.All(walk, line => Assert.InRange(RowsOf(line), 1, 2 * Limit));

        foreach (var plan in new[] { rare, frequent })
        {
            // No way reads more of the table than its sample.
            Assert.All(
                plan.Where(line => IsRun(line, "Index Scan") && IsRun(line, " using ")),
                line => Assert.InRange(RowsOf(line), 0, Sample + 1));
            foreach (var wrong in new[] { "Seq Scan", "BitmapAnd", "Gather" })
                Assert.DoesNotContain(plan, line => line.Contains(wrong, StringComparison.Ordinal));
        }
    }

    private static string[] SampleScan(string[] plan) =>
    [
        .. plan.TakeWhile(line => !line.Contains("CTE rest", StringComparison.Ordinal))
            .Where(line => IsRun(line, " using products_")),
    ];

    private static bool IsRun(string line, string node) =>
        line.Contains(node, StringComparison.Ordinal) && !line.Contains("never executed", StringComparison.Ordinal);

    private static int RowsOf(string line) =>
        int.Parse(ActualRows().Match(line).Groups["rows"].ValueSpan, CultureInfo.InvariantCulture);

    private static async Task<string[]> ExplainAsync(
        NpgsqlConnection connection, ProductOrder order, SearchTerms terms)
    {
        (string Name, string Type, string Value)[] parameters =
        [
            ("@ProductId", "bigint", order.Sort is ProductSort.Newest or ProductSort.PriceDesc ? "9990" : "10"),
            ("@Price", "bigint", order.Sort is ProductSort.PriceDesc ? "96" : "1"),
            ("@name", "text", "'name'"),
            ("@limit", "int", $"{Limit}"),
            ("@sample", "int", $"{Sample}"),
            ("@patterns", "text[]", $"array['{string.Join("','", terms.Patterns())}']"),
            ("@grams", "text[]", $"array['{string.Join("','", terms.Grams())}']"),
        ];
        var sql = SearchProductsHandler.SelectPage(order, terms);
        for (var i = 0; i < parameters.Length; i++)
            sql = sql.Replace(parameters[i].Name, $"${i + 1}", StringComparison.Ordinal);
        var types = string.Join(", ", parameters.Select(parameter => parameter.Type));
        var values = string.Join(", ", parameters.Select(parameter => parameter.Value));
        await connection.ExecuteAsync($"prepare search ({types}) as {sql}");
        var plan = await connection.QueryAsync<string>(
            $"explain (analyze, timing off, costs off) execute search ({values})");
        await connection.ExecuteAsync("deallocate search");
        return [.. plan];
    }

    private static string Text(string[] plan) => string.Join('\n', plan);

    [GeneratedRegex(@"actual rows=(?<rows>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ActualRows();
}
