using System.Globalization;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>A large catalogue with names in Korean and Latin letters, and words in it of known frequency.</summary>
internal static class Catalogue
{
    /// <summary>Search terms, by class.</summary>
    public static IReadOnlyDictionary<string, string> Words { get; } = new Dictionary<string, string>
    {
        ["rare"] = "zircon",
        ["absent"] = "qwxzv",
        ["in 10 %"] = "keyboard",
        ["in 10 %, the oldest"] = "classic",
        ["two Korean letters"] = "책상",
        ["one letter"] = "책",
    };

    // The index is made after the rows, which takes a fifth of the time. Stock and movements are as the audit asks for.
    private const string Script = """
        drop index catalog.products_by_grams, catalog.products_by_text_grams, catalog.products_by_initials;
        create temp table filled as
        with letters as materialized (
            select string_to_array(
                    '가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호구누두루무부수우주추', null) as korean,
                string_to_array('ba co du fi go ha jet ki lam mo nu pen qui ro sta tor ul ver win xi yor ber cle dra',
                    ' ')
                    as latin)
        select n,
            korean[1 + (hashint8extended(n, 1) & 31)] || korean[1 + (hashint8extended(n, 2) & 31)] || ' '
            || korean[20 + (hashint8extended(n, 3) & 31)] || korean[20 + (hashint8extended(n, 4) & 31)] || ' '
            || initcap(latin[1 + (hashint8extended(n, 5) & 15)] || latin[8 + (hashint8extended(n, 6) & 15)])
            || case when n % 10 = 3 then ' Keyboard' else '' end
            || case when n < {products} / 10 then ' Classic' else '' end
            || case when n % 200 = 7 then ' 책상' else '' end
            || case when n % 50000 = 11 then ' Zircon' else '' end || ' ' || n as name
        from letters, generate_series(1, {products}::bigint) n;
        with made as (
            insert into catalog.products (name, description, price, status, created_at)
            select name, 'What there is to say about ' || name, 100 + (hashint8extended(n, 7) & 1023), 'SELLING', now()
            from filled order by n
            returning product_id),
        stock as (
            insert into catalog.stock (product_id, on_hand) select product_id, 1000 from made)
        insert into catalog.stock_movements (product_id, type, delta, on_hand_after, occurred_at)
        select product_id, 'INITIAL', 1000, 1000, now() from made;
        set maintenance_work_mem = '512MB';
        create index products_by_grams on catalog.products using gin (catalog.name_grams(name_folded))
            with (fastupdate = off);
        create index products_by_text_grams on catalog.products
            using gin (catalog.name_grams(name_folded || ' ' || description_folded)) with (fastupdate = off);
        create index products_by_initials on catalog.products
            using gin (catalog.name_grams(catalog.initials(name_folded))) with (fastupdate = off);
        """;

    /// <summary>A shop with it, the same for all scenarios.</summary>
    public static async Task<TestedShop> ShopAsync(Stage stage)
    {
        var shop = await stage.ShopAsync("tested_search");
        if (await stage.Cluster.ScalarAsync<long>(
            shop.Database, "select count(*) from catalog.products", pooled: false) < stage.Size.Searched)
        {
            await stage.Cluster.ExecuteAsync(shop.Database, Fill(stage.Size.Searched));
            await stage.Cluster.ExecuteAsync(shop.Database, "vacuum analyze");
        }

        return shop;
    }

    private static string Fill(int products) =>
        Script.Replace("{products}", products.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
