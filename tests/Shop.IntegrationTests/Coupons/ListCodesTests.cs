using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.Coupons.Codes;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class ListCodesTests : CouponTest
{
    [Fact]
    public async Task A_batch_is_made_once_by_two_hosts_and_listed_in_pages_and_as_csv()
    {
        var coupon = await CreateCouponAsync(quantity: 30_000, issuance: "CODE");
        var path = $"/admin/coupons/{coupon}/codes";
        var batch = (await Admin.PostAsync(path, new { count = 25_000 })).Expect(HttpStatusCode.Accepted)["batchId"]
            .GetGuid();
        Assert.Equal(7, batch.Version);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        await Task.WhenAll(MakeAllAsync(Shop), MakeAllAsync(second));
        await MakeAllAsync(Shop);
        Assert.Equal(25_000, await Shop.QueryAsync<long>(
            $"select count(*) from coupons.codes where batch_id = '{batch}' and code ~ '^[A-HJKMNP-Z2-9]{{12}}$'"));

        var first = (await Admin.GetAsync($"{path}?limit=2")).Expect(HttpStatusCode.OK);
        var next = (await Admin.GetAsync($"{path}?limit=2&cursor={first["nextCursor"].GetString()}")).Expect(
            HttpStatusCode.OK);
        Assert.Equal(batch, next["items"][0].GetProperty("batchId").GetGuid());
        Assert.NotEqual(
            first["items"][1].GetProperty("code").GetString(), next["items"][0].GetProperty("code").GetString());
        var csv = (await Admin.GetAsync(path, ("Accept", "text/csv"))).Expect(HttpStatusCode.OK);
        Assert.StartsWith("code,uses,used,batchId\r\n", csv.Text, StringComparison.Ordinal);
        Assert.Equal(25_001, csv.Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        foreach (var accept in (string[])["text/csv;q=0", "application/json, text/csv;q=0.5", "text/*", "*/*"])
            (await Admin.GetAsync(path, ("Accept", accept))).Expect(HttpStatusCode.OK)["items"].GetArrayLength();
        (await Admin.GetAsync("/admin/coupons/999999/codes")).ExpectProblem(
            HttpStatusCode.NotFound, "coupons.not_found");

        var user = (await PeopleAsync(1))[0];
        var code = first["items"][0].GetProperty("code").GetString();
        (await Admin.PostAsync("/coupon-codes/redeem", new { userId = user, code })).Expect(HttpStatusCode.Created);
    }

    private static async Task MakeAllAsync(ShopHost host)
    {
        while (await host.Services.GetRequiredService<GenerateCodes>().RunOnceAsync(CancellationToken.None) > 0)
            await Task.Yield();
    }
}
