using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Shop.Identity.Access;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class ListApiKeysTests : IdentityTest
{
    [Fact]
    public async Task Keys_are_listed_without_themselves_newest_first_with_their_last_use()
    {
        var permissions = new[] { "orders:read" };
        var keys = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var created = await Admin.PostAsync("/admin/api-keys", new { name = $"Key {i}", permissions });
            keys.Add(created.Expect(HttpStatusCode.Created)["key"].GetString()!);
        }

        (await Shop.Client(keys[0]).GetAsync("/admin/orders")).Expect(HttpStatusCode.OK);
        await Shop.Services.GetRequiredService<ReadAccess>().RunOnceAsync(CancellationToken.None);

        var first = (await Admin.GetAsync("/admin/api-keys?limit=2")).Expect(HttpStatusCode.OK);
        var rest = (await Admin.GetAsync($"/admin/api-keys?limit=2&cursor={first["nextCursor"].GetString()}"))
            .Expect(HttpStatusCode.OK);
        JsonElement[] listed = [.. first["items"].EnumerateArray(), .. rest["items"].EnumerateArray()];
        Assert.Equal(["Key 2", "Key 1", "Key 0"], listed.Select(key => key.GetProperty("name").GetString()));
        Assert.DoesNotContain("shop_", first.Text + rest.Text, StringComparison.Ordinal);
        Assert.Equal(
            ["apiKeyId", "name", "permissions", "createdAt", "createdBy", "expiresAt", "revokedAt", "lastUsedAt"],
            listed[0].EnumerateObject().Select(member => member.Name));
        Assert.Equal("USER", listed[0].GetProperty("createdBy").GetProperty("type").GetString());
        Assert.Equal(JsonValueKind.Null, listed[0].GetProperty("lastUsedAt").ValueKind);
        Assert.InRange(
            Shop.Clock.GetUtcNow() - listed[2].GetProperty("lastUsedAt").GetDateTimeOffset(), TimeSpan.Zero,
            TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task The_last_use_is_written_once_a_minute_over_all_hosts()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString, clock: Shop.Clock);
        var key = (await Admin.PostAsync(
            "/admin/api-keys", new { name = "Reader", permissions = new[] { "orders:read" } }))
            .Expect(HttpStatusCode.Created)["key"].GetString();
        var first = await UseAsync(Shop);
        Shop.Clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(first, await UseAsync(Shop));
        Assert.Equal(first, await UseAsync(other));
        Shop.Clock.Advance(TimeSpan.FromSeconds(11));
        var next = await UseAsync(other);
        Assert.InRange(next - first, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(90));
        Assert.Equal(next, await UseAsync(Shop));

        async Task<DateTimeOffset> UseAsync(ShopHost host)
        {
            (await host.Client(key).GetAsync("/admin/orders")).Expect(HttpStatusCode.OK);
            await host.Services.GetRequiredService<ReadAccess>().RunOnceAsync(CancellationToken.None);
            return (await Admin.GetAsync("/admin/api-keys")).Expect(HttpStatusCode.OK)["items"][0]
                .GetProperty("lastUsedAt").GetDateTimeOffset();
        }
    }
}
