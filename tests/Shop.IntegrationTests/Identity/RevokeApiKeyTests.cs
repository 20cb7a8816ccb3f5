using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.Identity.Access;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class RevokeApiKeyTests : IdentityTest
{
    [Fact]
    public async Task A_revoked_key_is_over_on_every_host_and_stays_listed()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var (apiKeyId, key) = await CreateAsync("orders:read");
        ShopClient[] clients = [Shop.Client(key), other.Client(key)];
        await ReadAsync(other);
        foreach (var client in clients)
            (await client.GetAsync("/admin/orders")).Expect(HttpStatusCode.OK);

        (await Admin.DeleteAsync($"/admin/api-keys/{apiKeyId}")).Expect(HttpStatusCode.NoContent);
        (await Admin.DeleteAsync($"/admin/api-keys/{apiKeyId}")).Expect(HttpStatusCode.NoContent);
        // As after a pause of 5 s: the host reads before it answers.
        other.Clock.Advance(TimeSpan.FromSeconds(5));
        foreach (var client in clients)
            (await client.GetAsync("/admin/orders")).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");

        var listed = (await Admin.GetAsync("/admin/api-keys"))
            .Expect(HttpStatusCode.OK)["items"].EnumerateArray().Single();
        Assert.Equal(apiKeyId, listed.GetProperty("apiKeyId").GetString());
        Assert.EndsWith("Z", listed.GetProperty("revokedAt").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_in_use_on_two_hosts_is_over_with_its_revocation_and_leaves_no_half_command()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var (apiKeyId, key) = await CreateAsync("catalog:write");
        var product = await CreateProductAsync(stock: 0);
        using var stop = new CancellationTokenSource();
        var users = new[] { Shop, Shop, other, other }.Select(host => UseAsync(host.Client(key))).ToList();
        while (await StockOfAsync(product) < 20)
            await Task.Yield();

        (await Admin.DeleteAsync($"/admin/api-keys/{apiKeyId}")).Expect(HttpStatusCode.NoContent);
        // The host that revoked it knows at once, another with its next read.
        (await AdjustAsync(Shop.Client(key))).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        await ReadAsync(other);
        (await AdjustAsync(other.Client(key))).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        await stop.CancelAsync();
        var answered = (await Task.WhenAll(users)).Sum();

        Assert.Equal(answered, await StockOfAsync(product));
        Assert.Equal(answered, await Shop.QueryAsync<long>(
            $"select count(*) from identity.activity where actor_id = '{apiKeyId}' and action = 'AdjustStock'"));

        async Task<int> UseAsync(ShopClient client)
        {
            var succeeded = 0;
            while (!stop.IsCancellationRequested)
            {
                var answer = await AdjustAsync(client);
                if (answer.Status != HttpStatusCode.OK)
                    answer.ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
                else
                    succeeded++;
            }

            return succeeded;
        }

        Task<Answer> AdjustAsync(ShopClient client) => client.PostAsync(
            $"/admin/products/{product}/stock-adjustments", new { delta = 1, reason = "In use" });
    }

    [Fact]
    public async Task A_key_that_is_unknown_or_holds_more_is_not_revoked()
    {
        (await Admin.DeleteAsync($"/admin/api-keys/{Guid.NewGuid()}"))
            .ExpectProblem(HttpStatusCode.NotFound, "identity.api_key_not_found");
        var (strong, _) = await CreateAsync("orders:read", "orders:refund");
        var (_, weak) = await CreateAsync("api-keys:write", "orders:read");
        (await Shop.Client(weak).DeleteAsync($"/admin/api-keys/{strong}"))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    private static Task<int> ReadAsync(ShopHost host) =>
        host.Services.GetRequiredService<ReadAccess>().RunOnceAsync(CancellationToken.None);

    private async Task<(string ApiKeyId, string Key)> CreateAsync(params string[] permissions)
    {
        var created = (await Admin.PostAsync("/admin/api-keys", new { name = "Key", permissions }))
            .Expect(HttpStatusCode.Created);
        return (created["apiKeyId"].GetString()!, created["key"].GetString()!);
    }
}
