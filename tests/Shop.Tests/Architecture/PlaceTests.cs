using System.Text.RegularExpressions;
using Shop.BuildingBlocks;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;
using Shop.Coupons.Campaigns;
using Shop.Coupons.IssuedCoupons;
using Shop.Ordering.Contracts;
using Shop.Wallet.Wallets;
using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>
/// A new thing has to be entered in several places. Each place that was left out is named in a sentence of its own.
/// </summary>
public sealed partial class PlaceTests
{
    private const string Words = "Host/wwwroot/js/words.js";
    private const string OperatorWords = "Host/wwwroot/ops/words.js";
    private const string CrossModuleChecks = "Host/Audit/CrossModuleChecks.cs";

    [Fact]
    public void Every_type_of_a_ledger_line_is_known_everywhere() =>
        Faults.AssertNone(LedgerFaults(NamesOf<EntryType>()));

    [Fact]
    public void Every_type_of_a_stock_movement_is_known_everywhere() =>
        Faults.AssertNone(MovementFaults(NamesOf<MovementType>()));

    [Fact]
    public void A_type_of_a_ledger_line_that_is_unknown_is_found_in_each_place() => Assert.Equal(
        [
            "Modules/Wallet/Migrations: no CHECK of ledger.type allows GIFT; add a migration that does.",
            $"{Words}: there is no text 'wallet.GIFT', which the wallet's history shows.",
            $"{CrossModuleChecks}: no check names GIFT; say what a ledger line of that type belongs to.",
        ],
        LedgerFaults(["CHARGE", "GIFT"]));

    [Fact]
    public void A_type_of_a_stock_movement_that_is_unknown_is_found_in_each_place() => Assert.Equal(
        [
            "Modules/Catalog/Migrations: no CHECK of stock_movements.type allows THEFT; add a migration that does.",
            $"{OperatorWords}: there is no text 'admin.THEFT', which the product's movements show.",
        ],
        MovementFaults(["THEFT"]));

    [Fact]
    public void Every_state_has_its_text() => Faults.AssertNone(
        [
            .. MissingTexts(Words, "status", NamesOf<OrderStatus>(), "the list of orders shows"),
            .. MissingTexts(Words, "coupon", NamesOf<UserCouponStatus>(), "the list of coupons shows"),
            .. MissingTexts(OperatorWords, "admin", NamesOf<ProductStatus>(), "the list of products shows"),
            .. MissingTexts(OperatorWords, "admin", NamesOf<DiscountType>(), "the form of coupons shows"),
        ]);

    [Fact]
    public void Every_text_that_a_page_uses_is_in_its_dictionary()
    {
        var used = Solution.PageScripts()
            .SelectMany(file => TextsIn(File.ReadAllText(file)).Select(name => (File: file, Name: name)))
            .ToList();
        Assert.True(used.Count > 200);
        Faults.AssertNone(used.Select(text => FaultOf(text.File, text.Name)).OfType<string>());
    }

    [Fact]
    public void A_text_that_is_in_no_dictionary_is_found()
    {
        Assert.Equal(["no.such-text"], TextsIn("h('p', {}, t('no.such-text', { count }))"));
        Assert.Equal(
            $"{Words}: there is no text 'no.such-text', which Host/wwwroot/js/views/wallet.js shows.",
            FaultOf(Path.Combine(Solution.Root, "Host/wwwroot/js/views/wallet.js"), "no.such-text"));
    }

    [Fact]
    public void Every_text_is_there_in_each_language_with_the_same_members() =>
        Faults.AssertNone(((string[])[Words, OperatorWords]).SelectMany(file => LanguageFaults(file, Read(file))));

    [Theory]
    [InlineData("  'a': text('', 'A'),", "a text of 'a' is empty")]
    [InlineData("  'a': text('{count}개', '{number} pieces'),", "the texts of 'a' have other members")]
    public void A_text_that_differs_between_languages_is_found(string line, string fault) =>
        Assert.Equal([$"{Words}: {fault}."], LanguageFaults(Words, line));

    [Fact]
    public void Every_endpoint_is_mapped() => Faults.AssertNone(EndpointFaults(Sources()));

    [Fact]
    public void An_endpoint_that_is_not_mapped_is_found() => Assert.Equal(
        [
            "Modules/Wallet/WalletModule.cs does not call MapGiftMoney(), which Modules/Wallet/Wallets/GiftMoney.cs "
            + "declares.",
        ],
        EndpointFaults(
        [
            (
                "Modules/Wallet/Wallets/GiftMoney.cs",
                "public static void MapGiftMoney(this IEndpointRouteBuilder api) =>"),
        ]));

    private static List<string> LedgerFaults(IReadOnlyList<string> types) =>
    [
        .. MissingInCheck("Wallet", "ledger", types),
        .. MissingTexts(Words, "wallet", types, "the wallet's history shows"),
        .. types.Where(type => !Read(CrossModuleChecks).Contains($"'{type}'", StringComparison.Ordinal))
            .Select(
                type => $"{CrossModuleChecks}: no check names {type}; say what a ledger line of that type belongs to."),
    ];

    private static List<string> MovementFaults(IReadOnlyList<string> types) =>
    [
        .. MissingInCheck("Catalog", "stock_movements", types),
        .. MissingTexts(OperatorWords, "admin", types, "the product's movements show"),
    ];

    private static IReadOnlyList<string> NamesOf<T>() where T : struct, Enum => EnumNames.All<T>();

    // The last CHECK that lists types is the one in force.
    private static IEnumerable<string> MissingInCheck(string module, string table, IReadOnlyList<string> types)
    {
        var migrations = Directory.EnumerateFiles(Path.Combine(Solution.Root, "Modules", module, "Migrations"), "*.sql")
            .Order(StringComparer.Ordinal).Select(File.ReadAllText);
        var allowed = TypeCheck().Matches(string.Join('\n', migrations))[^1].Value;
        return types.Where(type => !allowed.Contains($"'{type}'", StringComparison.Ordinal)).Select(type =>
            $"Modules/{module}/Migrations: no CHECK of {table}.type allows {type}; add a migration that does.");
    }

    private static IEnumerable<string> MissingTexts(
        string file, string prefix, IReadOnlyList<string> names, string use) => names
        .Where(name => !Read(file).Contains($"'{prefix}.{name}': text(", StringComparison.Ordinal))
        .Select(name => $"{file}: there is no text '{prefix}.{name}', which {use}.");

    private static string? FaultOf(string file, string name)
    {
        var page = Relative(file);
        var isOperator = page.StartsWith("Host/wwwroot/ops/", StringComparison.Ordinal);
        string[] dictionaries = isOperator ? [OperatorWords, Words] : [Words];
        return dictionaries.Any(words => Read(words).Contains($"'{name}': text(", StringComparison.Ordinal))
            ? null
            : $"{dictionaries[0]}: there is no text '{name}', which {page} shows.";
    }

    private static IEnumerable<string> TextsIn(string script) =>
        UsedText().Matches(script).Select(match => match.Groups["name"].Value);

    private static IEnumerable<string> LanguageFaults(string file, string dictionary)
    {
        foreach (Match entry in DefinedText().Matches(dictionary))
        {
            var (name, ko, en) = (
                entry.Groups["name"].Value, entry.Groups["ko"].Value, string.Concat(entry.Groups["en"].Captures));
            if (ko.Trim().Length == 0 || en.Trim().Length == 0)
                yield return $"{file}: a text of '{name}' is empty.";
            else if (!MembersOf(ko).SetEquals(MembersOf(en)))
                yield return $"{file}: the texts of '{name}' have other members.";
        }
    }

    private static HashSet<string> MembersOf(string text) =>
        [.. Member().Matches(text).Select(match => match.Value)];

    private static List<string> EndpointFaults(IReadOnlyList<(string File, string Text)> sources)
    {
        var all = string.Join('\n', sources.Select(source => source.Text));
        return
        [
            .. from source in sources
               from Match declared in DeclaredEndpoint().Matches(source.Text)
               let name = declared.Groups["name"].Value
               where !all.Contains($".{name}(", StringComparison.Ordinal)
               let module = source.File.Split('/')[1]
               select $"Modules/{module}/{module}Module.cs does not call {name}(), which {source.File} declares.",
        ];
    }

    private static List<(string File, string Text)> Sources() =>
        [.. Solution.SourceFiles("Modules").Select(file => (Relative(file), File.ReadAllText(file)))];

    private static string Relative(string file) => Path.GetRelativePath(Solution.Root, file).Replace('\\', '/');

    private static string Read(string file) => File.ReadAllText(Path.Combine(Solution.Root, file));

    [GeneratedRegex(@"check \(type in \([^)]*\)\)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TypeCheck();

    // A name is a whole literal: names put together of parts are not seen.
    [GeneratedRegex(@"\bt\('(?<name>[^']+)'[,)]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UsedText();

    [GeneratedRegex(
        """
        '(?<name>[^']+)':\s*text\(
            \s*(?<q>['"])(?<ko>(\\.|(?!\k<q>)[^\\])*)\k<q>,
            \s*(?<r>['"])(?<en>(\\.|(?!\k<r>)[^\\])*)\k<r>(\s*\+\s*'(?<en>[^']*)')*,?\s*\)
        """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex DefinedText();

    [GeneratedRegex(@"\{\w+\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Member();

    [GeneratedRegex(
        @"public static void (?<name>Map\w+)\(this IEndpointRouteBuilder ",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex DeclaredEndpoint();
}
