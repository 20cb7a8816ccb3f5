using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Shop.Catalog.Imports;
using Shop.IntegrationTests.Testing;

namespace Shop.IntegrationTests.Catalog;

public abstract class ImportTest : ShopTest
{
    private protected const string Imports = "/admin/imports/products";

    private ShopClient? renewed;

    private ShopClient Manager => renewed ?? Admin;

    /// <summary>Lets time pass, longer than a sign-in lasts.</summary>
    private protected async Task PassAsync(int days)
    {
        Shop.Clock.Advance(TimeSpan.FromDays(days));
        renewed = Shop.Client(await SignInAsync("admin@shop.local", "admin-password"));
    }

    private protected Task<Answer> SendFileAsync(string csv, string? key = null) =>
        Manager.PostFileAsync(Imports, Encoding.UTF8.GetBytes(csv), key);

    /// <summary>Takes a file, applies it, and answers with its report.</summary>
    private protected async Task<Answer> ImportAsync(string csv)
    {
        var started = (await SendFileAsync(csv)).Expect(HttpStatusCode.Accepted);
        await ApplyAsync(Shop);
        return await ReportAsync(started);
    }

    private protected async Task<Answer> ReportAsync(Answer started) =>
        (await Manager.GetAsync($"/admin/imports/{started["importId"]}")).Expect(HttpStatusCode.OK);

    private protected static async Task ApplyAsync(ShopHost shop)
    {
        var worker = shop.Services.GetRequiredService<ApplyImports>();
        while (await worker.RunOnceAsync(CancellationToken.None) > 0)
        {
            // Another part, or another file.
        }
    }

    private protected static string Errors(Answer report) => string.Join(
        '\n',
        report["errors"].EnumerateArray().Select(error => $"{error.GetProperty("row")} {error.GetProperty("field")}"));

    private protected async Task<JsonElement> ProductsAsync() =>
        (await Manager.GetAsync("/products?status=ALL&limit=100")).Expect(HttpStatusCode.OK)["items"];
}
