using System.Text.RegularExpressions;
using Xunit;

namespace Shop.Tests.Architecture;

public sealed partial class SchemaTests
{
    private const string Shared = "shop";

    public static TheoryData<string, string> ModuleFolders()
    {
        var folders = new TheoryData<string, string>();
        foreach (var module in Solution.Modules)
        {
            var name = module.GetType().Name.Replace("Module", "", StringComparison.Ordinal);
            folders.Add(Path.Combine("Modules", name), module.Schema);
        }

        return folders;
    }

    [Theory]
    [MemberData(nameof(ModuleFolders))]
    public void A_module_touches_its_own_schema_alone(string folder, string schema)
    {
        var touched = Solution.SourceFiles(folder)
            .SelectMany(
                file => Schemas(File.ReadAllText(file)).Select(found => (File: Path.GetFileName(file), Schema: found)))
            .ToList();

        Assert.Contains(touched, found => found.Schema == schema);
        Assert.DoesNotContain(touched, found => found.Schema != schema && found.Schema != Shared);
    }

    [Fact]
    public void Every_module_is_looked_at() => Assert.True(ModuleFolders().Count >= 5);

    [Theory]
    [InlineData("select balance from wallet.wallets", "wallet")]
    [InlineData("SELECT 1 FROM orders o\n  left join catalog.products p on true", "catalog")]
    [InlineData("insert into ordering.orders (order_id) values (1)", "ordering")]
    [InlineData("update payments.payments set amount = 1", "payments")]
    [InlineData("delete from identity.users", "identity")]
    [InlineData("create table coupons.coupons (id int references catalog.products)", "catalog")]
    [InlineData("create unique index a_key on wallet.wallets (user_id)", "wallet")]
    public void A_schema_in_a_statement_is_found(string sql, string schema) => Assert.Contains(schema, Schemas(sql));

    private static IEnumerable<string> Schemas(string text) =>
        Statement().Matches(text).Select(match => match.Groups["schema"].Value.ToLowerInvariant());

    [GeneratedRegex(
        @"\b(from|join|into|update|table|references|index\s+\w+\s+on)\s+(if\s+(not\s+)?exists\s+|only\s+)?"
        + @"(?<schema>[a-z_]+)\.[a-z_]+\b(?!\()",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex Statement();
}
