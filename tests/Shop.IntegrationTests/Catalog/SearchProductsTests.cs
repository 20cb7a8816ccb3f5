using System.Globalization;
using System.Net;
using System.Text;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class SearchProductsTests : ShopTest
{
    [Theory]
    [InlineData("한글 키보드", "한글")]
    [InlineData("Keyboard", "keyboard\u00a0")]
    [InlineData("Keyboard", "\u3000KEYBOARD")]
    [InlineData("Ｋeyboard", "keyboard")]
    [InlineData("Straße", "STRASSE")]
    [InlineData("STRASSE", "straße")]
    [InlineData("oﬃce", "OFFICE")]
    [InlineData("ΟΔΥΣΣΕΥΣ", "οδυσσευς")]
    [InlineData("key\u00adboard", "keyboard")]
    [InlineData("key\u200dboard", "keyboard")]
    [InlineData("A\u00a0B", "a b")]
    [InlineData("기계식 키보드", "보")]
    [InlineData("Mechanical keyboard", "BOARD mech")]
    [InlineData("Mechanical keyboard", "l k")]
    public async Task A_name_is_found(string name, string q)
    {
        var composed = await CreateProductAsync(name: name.Normalize(NormalizationForm.FormC));
        var decomposed = await CreateProductAsync(name: name.Normalize(NormalizationForm.FormD));
        await CreateProductAsync(name: "Other");
        foreach (var form in new[] { NormalizationForm.FormC, NormalizationForm.FormD })
            Assert.Equal([decomposed, composed], await IdsAsync(
                Anonymous, $"/products?q={Uri.EscapeDataString(q.Normalize(form))}"));
    }

    [Fact]
    public async Task Initial_consonants_find_names_by_their_syllables()
    {
        foreach (var name in (string[])["무선 키보드", "Keyboard 키보드 받침", "ㅋㅋ 스티커", "커버", "까치"])
            await CreateProductAsync(name: name);
        // Behind a sample: found by the index alone.
        await FillAsync(11_000);
        foreach (var (q, names) in new (string, string[])[]
        {
            ("ㅋㅂㄷ", ["Keyboard 키보드 받침", "무선 키보드"]),
            ("키ㅂ", ["Keyboard 키보드 받침", "무선 키보드"]),
            ("ㅂㅊ key", ["Keyboard 키보드 받침"]),
            ("ㅋㅋ", ["ㅋㅋ 스티커"]),
            ("ㄲㅊ", ["까치"]),
            ("ㅎㅎ", []),
        })
        {
            foreach (var path in (string[])["/products?sort=NAME&q=", "/products/suggestions?q="])
                Assert.Equal(
                    names,
                    (await Anonymous.GetAsync($"{path}{Uri.EscapeDataString(q)}")).Expect(HttpStatusCode.OK)["items"]
                        .EnumerateArray().Select(item => item.GetProperty("name").GetString()).Order());
        }
    }

    [Theory]
    [InlineData("quiet", true)]
    [InlineData("QUIET mechanical", true)]
    [InlineData("switches ㅋㅂㄷ", true)]
    [InlineData("ㅈㅅㅇ", false)]
    [InlineData("quiet mouse", false)]
    public async Task A_word_is_found_in_the_description_too_where_all_is_searched(string q, bool isFound)
    {
        var keyboard = (await Admin.PostAsync("/admin/products", new
        {
            name = "Mechanical 키보드",
            description = "Very Quiet switches\n조용",
            price = 1,
            stock = 1,
        })).Expect(HttpStatusCode.Created)["productId"].GetInt64();
        await CreateProductAsync(name: "Mouse");
        // Behind a sample: found by the index alone.
        await FillAsync(11_000);
        var search = $"/products?q={Uri.EscapeDataString(q)}";
        Assert.Equal(isFound ? [keyboard] : [], await IdsAsync(Anonymous, $"{search}&in=ALL"));
        Assert.Empty(await IdsAsync(Anonymous, search));
        Assert.Empty(await IdsAsync(Anonymous, $"{search}&in=NAME"));
    }

    [Fact]
    public async Task A_page_of_one_search_does_not_go_on_in_another()
    {
        foreach (var name in (string[])["Cup one", "Cup two"])
            await CreateProductAsync(name: name);
        var cursor = (await Anonymous.GetAsync("/products?q=cup&limit=1")).Expect(HttpStatusCode.OK)["nextCursor"];
        (await Anonymous.GetAsync($"/products?q=cup&limit=1&in=ALL&cursor={cursor}"))
            .ExpectProblem(HttpStatusCode.BadRequest, "validation");
        (await Anonymous.GetAsync("/products?q=cup&in=all")).ExpectProblem(HttpStatusCode.BadRequest, "validation");
    }

    [Fact]
    public async Task A_word_that_is_missing_finds_nothing_and_blanks_alone_find_everything()
    {
        var keyboard = await CreateProductAsync(name: "Mechanical keyboard");
        Assert.Empty(await IdsAsync(Anonymous, "/products?q=mechanical+mouse"));
        Assert.Empty(await IdsAsync(Anonymous, "/products?q=lkey"));
        Assert.Equal([keyboard], await IdsAsync(Anonymous, $"/products?q={Uri.EscapeDataString(" \u3000\u200b")}"));
    }

    [Fact]
    public async Task Rows_and_names_of_an_older_build_are_found()
    {
        var product = await Shop.QueryAsync<long>("""
            with made as (
                insert into catalog.products (name, price, status, created_at)
                values ('ＫＥＹ' || chr(160) || 'Straße', 1, 'SELLING', now())
                returning product_id)
            insert into catalog.stock (product_id, on_hand) select product_id, 1 from made returning product_id
            """);
        Assert.Equal([product], await IdsAsync(Anonymous, "/products?q=strasse+key"));
        await Shop.ExecuteAsync("update catalog.products set name = 'Mouse'");
        Assert.Equal([product], await IdsAsync(Anonymous, "/products?q=mouse"));
        Assert.Empty(await IdsAsync(Anonymous, "/products?q=strasse"));

        (await Admin.PatchAsync($"/admin/products/{product}", new { name = "Maus" })).Expect(HttpStatusCode.OK);
        Assert.Equal([product], await IdsAsync(Anonymous, "/products?q=MAUS"));
    }

    [Theory]
    [InlineData("NEWEST")]
    [InlineData("PRICE_ASC")]
    [InlineData("PRICE_DESC")]
    [InlineData("NAME")]
    public async Task Frequent_and_rare_words_can_be_paged(string sort)
    {
        // With two on a page the sample is 300 rows. The newest are the dearest, and rare words are far from both ends.
        await Shop.ExecuteAsync("""
            with made as (
                insert into catalog.products (name, price, status, created_at)
                select 'Name ' || n % 7 || case when n % 2 = 0 then ' even' else '' end
                    || case when n between 900 and 906 then ' 책상' else '' end,
                    n / 5, case when n % 3 = 0 then 'STOPPED' else 'SELLING' end, now()
                from generate_series(1, 2000) n returning product_id)
            insert into catalog.stock (product_id, on_hand) select product_id, 1 from made
            """);
        var order = sort switch
        {
            "NEWEST" => "product_id desc",
            "PRICE_ASC" => "price, product_id",
            "PRICE_DESC" => "price desc, product_id desc",
            _ => "name collate \"C\", product_id",
        };
        foreach (var status in new[] { "SELLING", "STOPPED", "ALL" })
        {
            foreach (var q in new[] { "even", "책", "책상", "even 책상", "absent" })
            {
                var expected = await Shop.QueryAsync<long[]>($"""
                    select coalesce(array_agg(product_id order by {order}), array[]::bigint[]) from catalog.products
                    where '{status}' in (status, 'ALL')
                        and not exists (select from string_to_table('{q}', ' ') word where strpos(name, word) = 0)
                    """);
                // A page may hold all of the frequent word; of the others there are a few.
                var limit = q == "even" ? 70 : 2;
                var search = $"/products?status={status}&sort={sort}&limit={limit}&q={Uri.EscapeDataString(q)}";
                var found = await IdsAsync(Admin, search);
                Assert.Equal(expected, found);
            }
        }
    }

    [Fact]
    public async Task A_word_is_one_of_100_characters_at_most()
    {
        (await Anonymous.GetAsync($"/products?q={new string('a', 100)}")).Expect(HttpStatusCode.OK);
        (await Anonymous.GetAsync($"/products?q={new string('a', 101)}")).ExpectInvalid("q");
        var paths = (await Anonymous.GetAsync("//openapi/v1.json"))["paths"];
        var q = paths.GetProperty("/api/v1/products").GetProperty("get").GetProperty("parameters").EnumerateArray()
            .Single(parameter => parameter.GetProperty("name").GetString() == "q");
        Assert.Equal(100, q.GetProperty("schema").GetProperty("maxLength").GetInt32());
    }

    [Fact]
    public async Task A_search_that_takes_longer_than_its_limit_is_too_broad_and_nothing_else_suffers()
    {
        await FillAsync(20_000);
        await using var host = await ShopHost.StartAsync(
            Shop.ConnectionString, new Dictionary<string, string> { ["Catalog:Search:Timeout"] = "00:00:00.001" });
        // With the largest page the sample is 10,100 rows: more than a millisecond's work.
        for (var i = 0; i < 5; i++)
        {
            (await host.Client().GetAsync("/products?sort=NAME&limit=100&q=absent"))
                .ExpectProblem(HttpStatusCode.UnprocessableEntity, "catalog.search_too_broad");
            (await host.Client().GetAsync("/products?limit=100")).Expect(HttpStatusCode.OK);
            (await host.Client().GetAsync("/products/1")).Expect(HttpStatusCode.OK);
        }

        // The session that was cut off has its own limits back.
        Assert.Empty(await IdsAsync(Anonymous, "/products?sort=NAME&limit=100&q=absent"));
    }

    [Fact]
    public async Task Searches_beyond_the_limit_and_its_queue_are_unavailable_and_hold_no_permit_of_other_requests()
    {
        await CreateProductAsync();
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, new Dictionary<string, string>
        {
            ["Catalog:Search:Timeout"] = "00:00:10",
            ["Catalog:Search:Concurrency"] = "1",
            ["Catalog:Search:QueueLength"] = "1",
            ["Catalog:Search:QueueTimeout"] = "00:00:10",
            ["Overload:MaximumConcurrency"] = "1",
            ["Overload:QueueLength"] = "0",
        });
        await using var migration = new NpgsqlConnection(Shop.ConnectionString);
        await using var transaction = await LockProductsAsync(migration);
        var working = host.Client().GetAsync("/products?q=key");
        await Shop.UntilALockIsWaitedForAsync();

        // Of several that come at once one waits in the queue, which has room for it alone.
        var others = Enumerable.Range(0, 3).Select(_ => host.Client().GetAsync("/products?q=board")).ToList();
        for (var refused = 0; refused < 2; refused++)
        {
            var answered = await Task.WhenAny(others);
            others.Remove(answered);
            var answer = (await answered).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
            Assert.True(answer.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        }

        (await host.Client().GetAsync("/coupons")).Expect(HttpStatusCode.OK);
        await transaction.CommitAsync();
        (await working).Expect(HttpStatusCode.OK);
        (await others.Single()).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_search_waits_in_the_queue_for_a_bounded_time_and_a_locked_table_is_not_a_broad_search()
    {
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, new Dictionary<string, string>
        {
            ["Catalog:Search:Timeout"] = "00:00:02",
            ["Catalog:Search:Concurrency"] = "1",
            ["Catalog:Search:QueueTimeout"] = "00:00:00.05",
        });
        await using var migration = new NpgsqlConnection(Shop.ConnectionString);
        await using var transaction = await LockProductsAsync(migration);
        var working = host.Client().GetAsync("/products?q=key");
        await Shop.UntilALockIsWaitedForAsync();

        (await host.Client().GetAsync("/products?q=board"))
            .ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.False(working.IsCompleted);
        // Half of the limit goes to waiting for the lock: SQLSTATE 55P03.
        (await working).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
    }

    [Fact]
    public async Task A_database_of_another_encoding_is_refused()
    {
        var latin = await TestDatabases.CreateEmptyAsync("encoding 'LATIN1' locale 'C'");
        var (exitCode, line) = await FailingStart.OfAsync(latin);
        Assert.Equal(78, exitCode);
        Assert.Contains("encoding UTF8", line, StringComparison.Ordinal);
    }

    private Task FillAsync(int products) => Shop.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"""
        with made as (
            insert into catalog.products (name, price, status, created_at)
            select 'Product ' || n, n, 'SELLING', now() from generate_series(1, {products}) n returning product_id)
        insert into catalog.stock (product_id, on_hand) select product_id, 1 from made
        """));

    // As a migration does.
    private static async Task<NpgsqlTransaction> LockProductsAsync(NpgsqlConnection connection)
    {
        await connection.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(
            "lock table catalog.products in access exclusive mode", connection, transaction);
        await command.ExecuteNonQueryAsync();
        return transaction;
    }

    private static async Task<List<long>> IdsAsync(ShopClient client, string path)
    {
        var ids = new List<long>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await client.GetAsync(cursor.Length == 0 ? path : $"{path}&cursor={cursor}");
            page.Expect(HttpStatusCode.OK);
            ids.AddRange(page["items"].EnumerateArray().Select(item => item.GetProperty("productId").GetInt64()));
            cursor = page["nextCursor"].GetString();
        }

        return ids;
    }
}
