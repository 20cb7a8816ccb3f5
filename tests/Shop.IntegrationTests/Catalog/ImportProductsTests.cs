using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Shop.Catalog.Imports;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class ImportProductsTests : ImportTest
{
    [Fact]
    public async Task Rows_make_products_and_change_those_that_they_name()
    {
        var category = (await Admin.PostAsync("/admin/categories", new { name = "Tea" }))
            .Expect(HttpStatusCode.Created)["categoryId"];
        var named = await CreateProductAsync(name: "Old");
        var started = (await SendFileAsync(
            "\uFEFFname,productId,sku,price,stock,description,status,categoryIds,imageUrls\r\n"
            + $" 새 이름 ,{named},,2000,,\"two\nlines, \"\"quoted\"\"\",,,\r\n"
            + $"Green tea,,T-1,1500,7,,STOPPED,{category},https://x.example/1.png  https://x.example/2.png\n"
            + "Black tea,,,900,3,'=1+1,,,\n")).Expect(HttpStatusCode.Accepted);
        Assert.Equal($"/api/v1/admin/imports/{started["importId"]}", started.Headers.Location?.ToString());
        Assert.Equal(
            """{"status":"PENDING","rows":3,"done":0,"failed":0,"errors":[]}""", (await ReportAsync(started)).Text);
        await ApplyAsync(Shop);
        Assert.Equal(
            """{"status":"DONE","rows":3,"done":3,"failed":0,"errors":[]}""", (await ReportAsync(started)).Text);

        var products = (await ProductsAsync()).EnumerateArray().Reverse().ToList();
        Assert.Equal(3, products.Count);
        Assert.Equal(
            ("새 이름", 2_000, 100, "two\nlines, \"quoted\""),
            (products[0].GetProperty("name").GetString(), products[0].GetProperty("price").GetInt64(),
                products[0].GetProperty("stock").GetInt64(), products[0].GetProperty("description").GetString()));
        Assert.Equal(
            ("T-1", "STOPPED", 7, $"[{category}]", 2),
            (products[1].GetProperty("sku").GetString(), products[1].GetProperty("status").GetString(),
                products[1].GetProperty("stock").GetInt64(), products[1].GetProperty("categoryIds").GetRawText(),
                products[1].GetProperty("images").GetArrayLength()));
        Assert.Equal("=1+1", products[2].GetProperty("description").GetString());
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from catalog.import_files"));
    }

    [Fact]
    public async Task The_same_file_twice_changes_nothing_the_second_time()
    {
        const string File = "sku,name,price,stock\nA,Tea,100,5\n,Coffee,200,6\nA,Tea,100,5\n";
        Assert.Equal(0, (await ImportAsync(File))["failed"].GetInt32());
        var before = await StateAsync();
        Assert.Equal(2, (await ProductsAsync()).GetArrayLength());

        Assert.Equal(
            """{"status":"DONE","rows":3,"done":3,"failed":0,"errors":[]}""", (await ImportAsync(File)).Text);
        Assert.Equal(before, await StateAsync());

        // Another file is another: a row that names no product is a product of it.
        await ImportAsync(File + "\n");
        Assert.Equal(3, (await ProductsAsync()).GetArrayLength());
    }

    [Fact]
    public async Task A_row_without_a_name_is_forgotten_a_month_after_the_last_import_of_its_file()
    {
        const string File = "name,price,stock\nTea,100,5\nCoffee,200,6\n";
        var clear = Shop.Services.GetRequiredService<ClearImports>();
        await ImportAsync(File);
        await PassAsync(days: 20);
        await ImportAsync(File);
        await PassAsync(days: 20);
        // The first report, and no row.
        Assert.Equal(1, await clear.RunOnceAsync(CancellationToken.None));
        await ImportAsync(File);
        Assert.Equal(2, (await ProductsAsync()).GetArrayLength());

        await PassAsync(days: 31);
        // Two reports, two rows.
        Assert.Equal(4, await clear.RunOnceAsync(CancellationToken.None));
        Assert.Equal(0, await clear.RunOnceAsync(CancellationToken.None));
        await ImportAsync(File);
        Assert.Equal(4, (await ProductsAsync()).GetArrayLength());
    }

    [Fact]
    public async Task A_sku_that_an_earlier_row_names_is_not_taken_away()
    {
        await ImportAsync("sku,name,price,stock\nA,Tea,100,5\nB,Coffee,200,6\n");
        var products = (await ProductsAsync()).EnumerateArray().ToDictionary(
            product => product.GetProperty("sku").GetString()!, product => product.GetProperty("productId").GetInt64());
        var filler = string.Concat(Enumerable.Range(0, 30).Select(number => $",S{number},Soap,50,1\n"));
        // The first row would make a product the second time; the last one gives on a sku that its own part names.
        var file = $"productId,sku,name,price,stock\n,A,Tea,110,5\n{filler}"
            + $"{products["A"]},C,,,\n{products["B"]},,,,\n,B,Cocoa,300,7\n";

        var first = await ImportAsync(file);
        var before = await StateAsync();
        var second = await ImportAsync(file);

        Assert.Equal("33 sku", Errors(first));
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(before, await StateAsync());
        Assert.Equal(33, (await ProductsAsync()).GetArrayLength());
    }

    [Fact]
    public async Task Bad_rows_are_told_and_good_ones_count()
    {
        await Admin.PostAsync("/admin/products", new { name = "Has it", price = 1, stock = 1, sku = "TAKEN" });
        var other = await CreateProductAsync();
        var report = await ImportAsync(string.Join(
            '\n',
            "productId,sku,name,price,stock,status,categoryIds,imageUrls",
            ",G-1,Good,1,1,,,",
            ",B-1,,1,1,,,",
            ",B-2,x,1e3,1,,,",
            ",B-3,x,1.0,-1,,,",
            ",B-4,x,-1,1,,,",
            ",B 5,x,1,1,,,",
            ",B-6,x,1,1,selling,,",
            ",B-7,x,1,1,,999999999,",
            ",B-8,x,1,1,,,ftp://x",
            ",B-9,x\0,1,1,,,",
            "999999999,,x,1,1,,,",
            $"{other},TAKEN,,,,,,",
            ",B-10,x,1",
            ",B-11,x,1,1,,,,,,,",
            ",B-12,\"x\"y,1,1,,,",
            $",B-13,{new string('x', 201)},1,1,,,",
            "99999999999999999999,,x,1,1,,,",
            ",,,,,,,",
            "",
            ",G-2,Good,2,2,SELLING,,",
            ",B-14,\"no end,1,1,,,"));
        Assert.Equal(
            """
            3 name
            4 price
            5 price
            6 price
            7 sku
            8 status
            9 categoryIds
            10 imageUrls
            11 name
            12 productId
            13 sku
            14 row
            15 row
            16 row
            17 name
            18 productId
            19 name
            19 price
            19 stock
            22 row
            """.ReplaceLineEndings("\n"),
            Errors(report));
        Assert.Equal((20, 20, 18), (
            report["rows"].GetInt32(), report["done"].GetInt32(), report["failed"].GetInt32()));
        Assert.Equal(
            ["G-1", "G-2", "TAKEN"],
            (await ProductsAsync()).EnumerateArray().Select(product => product.GetProperty("sku").GetString())
                .Where(sku => sku is not null).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_column_that_is_not_there_changes_nothing_and_an_empty_cell_takes_the_value_away()
    {
        var product = (await Admin.PostAsync("/admin/products", new
        {
            name = "Tea",
            price = 1,
            stock = 1,
            sku = "T",
            description = "Green",
            images = new[] { new { url = "https://x.example/1.png", alt = "Front" } },
        })).Expect(HttpStatusCode.Created);
        await ImportAsync("sku,price\nT,5\n");
        var changed = (await Anonymous.GetAsync($"/products/{product["productId"]}"))["description"];
        Assert.Equal("Green", changed.GetString());

        await ImportAsync("sku,name,price,status,description,imageUrls\nT,,,,,https://x.example/2.png "
            + "https://x.example/1.png\n");
        var left = await Anonymous.GetAsync($"/products/{product["productId"]}");
        Assert.Equal(
            ("Tea", 5, JsonValueKind.Null, "Front"),
            (left["name"].GetString(), left["price"].GetInt64(), left["description"].ValueKind,
                left["images"][1].GetProperty("alt").GetString()));
    }

    [Fact]
    public async Task A_file_that_can_not_be_read_is_refused_whole()
    {
        string[] headers = ["", "\n", "name,colour\nx,y\n", "name,name\nx,y\n", "\"name\nx", ",,,,,,,,,,,\n"];
        foreach (var header in headers)
            (await SendFileAsync(header)).ExpectInvalid("header");
        (await Admin.PostFileAsync(Imports, [.. "name\n"u8, 0xC0, 0xAF])).ExpectInvalid("body");
        (await Admin.PostFileAsync(Imports, Encoding.Unicode.GetBytes("name\nx\n"))).ExpectProblem(
            HttpStatusCode.BadRequest, "validation");
        foreach (var type in (string[])["application/json", "text/plain", "text/csv; charset=euc-kr"])
            (await Admin.PostFileAsync(Imports, "name\n"u8.ToArray(), type: type)).ExpectProblem(
                HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        (await Admin.PostFileAsync(Imports, "name\n"u8.ToArray(), "two words")).ExpectProblem(
            HttpStatusCode.BadRequest, "idempotency.invalid_key");
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from catalog.imports"));
        (await Admin.PostFileAsync(Imports, "name\n"u8.ToArray(), type: "text/csv; charset=utf8")).Expect(
            HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Hostile_files_of_ten_mebibytes_come_to_their_end()
    {
        const int Size = (10 * 1024 * 1024) - 16;
        foreach (var (body, rows, failed) in new[]
        {
            ("name\n" + new string(',', Size), 1, 1),
            ("name\n" + new string('x', Size), 1, 1),
            ("name\n\"" + new string('"', Size), 1, 1),
            ("name\n" + new string('\n', Size), 0, 0),
            ("name\n" + new string('\r', Size), 0, 0),
        })
        {
            var report = await ImportAsync(body);
            Assert.Equal((rows, failed), (report["rows"].GetInt32(), report["failed"].GetInt32()));
        }
    }

    [Fact]
    public async Task Only_the_first_thousand_errors_are_kept()
    {
        var report = await ImportAsync("sku\n" + string.Concat(Enumerable.Range(0, 1_100).Select(n => $"S-{n}\n")));
        Assert.Equal((1_100, 1_000), (report["failed"].GetInt32(), report["errors"].GetArrayLength()));
    }

    [Fact]
    public async Task A_repeat_with_the_key_is_the_first_answer_and_another_file_is_refused()
    {
        var first = (await SendFileAsync("name,price,stock\nTea,1,1\n", "k")).Expect(HttpStatusCode.Accepted);
        var again = (await SendFileAsync("name,price,stock\nTea,1,1\n", "k")).Expect(HttpStatusCode.Accepted);
        Assert.True(again.IsReplay);
        Assert.Equal((first.Text, first.Headers.Location), (again.Text, again.Headers.Location));
        (await SendFileAsync("name,price,stock\nTea,1,2\n", "k")).ExpectProblem(
            HttpStatusCode.UnprocessableEntity, "idempotency.key_reused");
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from catalog.imports"));
    }

    [Fact]
    public async Task An_import_leaves_one_row_of_activity()
    {
        var before = await CountAsync();
        await ImportAsync("name,price,stock\nTea,1,1\nCoffee,1,1\n");
        Assert.Equal(before + 1, await CountAsync());

        Task<long> CountAsync() => Shop.QueryAsync<long>("select count(*) from identity.activity");
    }

    [Fact]
    public async Task Ten_files_wait_and_the_next_is_refused()
    {
        for (var i = 0; i < 10; i++)
            (await SendFileAsync($"name,price,stock\nTea {i},1,1\n")).Expect(HttpStatusCode.Accepted);
        (await SendFileAsync("name\n")).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        await ApplyAsync(Shop);
        (await SendFileAsync("name\n")).Expect(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Two_hosts_and_a_part_that_is_lost_apply_every_row_once()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var file = "sku,name,price,stock\n"
            + string.Concat(Enumerable.Range(0, 400).Select(n => $"{(n % 2 == 0 ? $"S-{n}" : "")},Tea {n},1,2\n"));
        var started = (await SendFileAsync(file)).Expect(HttpStatusCode.Accepted);
        var worker = Shop.Services.GetRequiredService<ApplyImports>();
        Assert.Equal(20, await worker.RunOnceAsync(CancellationToken.None));

        // The host dies in the middle of a part: its session ends before the COMMIT.
        await Shop.ExecuteAsync("""
            create function public.die() returns trigger language plpgsql as $$
            begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
            create trigger die after insert on catalog.products for each row when (new.name = 'Tea 33')
                execute function public.die();
            """);
        await Assert.ThrowsAnyAsync<Exception>(() => worker.RunOnceAsync(CancellationToken.None));
        await Shop.ExecuteAsync("drop trigger die on catalog.products");

        await Task.WhenAll(ApplyAllAsync(Shop), ApplyAllAsync(other));
        var report = await ReportAsync(started);
        Assert.Equal(
            ("DONE", 400, 0), (report["status"].GetString(), report["done"].GetInt32(), report["failed"].GetInt32()));
        Assert.Equal(400, await Shop.QueryAsync<long>("select count(*) from catalog.products"));
        Assert.Equal(400, await Shop.QueryAsync<long>("select count(*) from catalog.stock_movements"));

        // A host that finds the other at work comes again.
        async Task ApplyAllAsync(ShopHost host)
        {
            while (await Shop.QueryAsync<long>("select count(*) from catalog.imports where finished_at is null") > 0)
                await ApplyAsync(host);
        }
    }

    [Fact]
    public async Task Orders_and_an_import_of_the_same_products_go_on_beside_each_other()
    {
        var products = new List<long>();
        for (var i = 0; i < 20; i++)
            products.Add(await CreateProductAsync(stock: 1_000));
        var customer = await SignUpAsync(balance: 1_000_000);
        for (var round = 0; round < 4; round++)
            (await SendFileAsync("productId,price\n" + string.Concat(
                Enumerable.Reverse(products).Select(id => $"{id},{1_001 + round}\n")))).Expect(HttpStatusCode.Accepted);
        await Task.WhenAll(
            ApplyAsync(Shop),
            Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
            {
                var order = await customer.OrderAsync([.. products.Select(id => (id, 1))]);
                Assert.True((int)order.Status < 500, order.Text);
            })));
        Assert.All(
            (await ProductsAsync()).EnumerateArray(),
            product => Assert.Equal(1_004, product.GetProperty("price").GetInt64()));
    }

    private Task<string> StateAsync() => Shop.QueryAsync<string>("""
        select concat_ws('|',
            (select string_agg(p::text || p.xmin, ';' order by product_id) from catalog.products p),
            (select string_agg(s::text || s.xmin, ';' order by product_id) from catalog.stock s),
            (select string_agg(m::text, ';' order by movement_id) from catalog.stock_movements m))
        """);
}
