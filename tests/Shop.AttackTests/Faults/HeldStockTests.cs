using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Shop.AttackTests.Testing;
using Shop.HostProcesses;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests.Faults;

/// <summary>Another session holds one product's stock.</summary>
public sealed class HeldStockTests(AttackedShop shop, ITestOutputHelper output) : FaultTest(shop, output)
{
    private const int Others = 62;
    private const int Wanting = 2;

    [Fact]
    [Trait(Slice.Name, Slice.EveryChange)]
    public async Task Who_wants_other_products_buys_on()
    {
        var held = Shop.FirstProduct + 20_000;
        var buyers = await Shop.RegularsAsync(Host, Others + Wanting);
        await using var others = CheckingOut(Host, [.. buyers.Take(Others)], AnyProduct);
        await using var wanting = CheckingOut(Host, [.. buyers.Skip(Others)], () => held);

        await AssertGoesOnAsync(others, async () => await HoldAsync(held));

        await others.LeaveAsync();
        await wanting.LeaveAsync();
        Tell($"others: {others}; wanting what is held: {wanting}");
        others.Answers.AssertOnly(201);
        wanting.Answers.AssertOnly(201, 503);
        await UntilDeliveredAsync();
        Assert.Equal(wanting.Successes, await SoldAsync(held));
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task A_held_wallet_keeps_no_other_buyer_from_the_same_product()
    {
        var hot = Shop.FirstProduct + 20_002;
        var buyers = await Shop.RegularsAsync(Host, Others + Wanting);
        await using var others = CheckingOut(Host, [.. buyers.Take(Others)], () => hot);
        await using var wanting = CheckingOut(Host, [.. buyers.Skip(Others)], () => hot);

        await AssertGoesOnAsync(others, async () => await HeldRow.TakeAsync(
            Shop, $"select from wallet.wallets where user_id = {buyers[^1].UserId} for update"));

        await others.LeaveAsync();
        await wanting.LeaveAsync();
        Tell($"others: {others}; with a held wallet among them: {wanting}");
        others.Answers.AssertOnly(201);
        wanting.Answers.AssertOnly(201, 503);
        await UntilDeliveredAsync();
        Assert.Equal(others.Successes + wanting.Successes, await SoldAsync(hot));
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task A_key_that_is_busy_on_another_host_is_its_callers_trouble_alone()
    {
        var held = Shop.FirstProduct + 20_001;
        var buyers = await Shop.RegularsAsync(Host, Others + Wanting);
        var caller = buyers[^1];
        var another = await StartHostAsync();
        var codes = new ConcurrentDictionary<string, int>();
        await using var others = CheckingOut(Host, [.. buyers.Take(Others)], AnyProduct);

        await AssertGoesOnAsync(others, async () =>
        {
            var row = await HoldAsync(held);
            // On the other host the caller's checkout waits for the row, and comes again when it has waited in vain.
            var key = Guid.NewGuid().ToString();
            return new Busy(row, Keyed(another, key), Keyed(Host, key));
        });

        await others.LeaveAsync();
        Tell($"others: {others}; with the key: {string.Join(", ", codes.OrderBy(code => code.Key))}");
        others.Answers.AssertOnly(201);
        Assert.True(codes.GetValueOrDefault("idempotency.in_progress") > 0);
        Assert.All(codes.Keys, code => Assert.Contains(code, (string[])["idempotency.in_progress", "unavailable", ""]));
        Assert.InRange(await SoldAsync(held), 0, 3);
        await AssertConsistentAsync();

        Crowd Keyed(HostProcess host, string key)
        {
            var client = Client(host);
            return new Crowd(1, _ => CheckOutAsync(client, caller, held, key, codes));
        }
    }

    private async Task<HeldRow> HoldAsync(long product) => await HeldRow.TakeAsync(
        Shop, $"select from catalog.stock where product_id = {product} for update");

    private Task<long> SoldAsync(long product) => Shop.QueryAsync<long>(
        $"select count(*) from catalog.stock_movements where product_id = {product} and type = 'SALE'");

    private static async Task<int> CheckOutAsync(
        HttpClient client, Customer customer, long product, string key, ConcurrentDictionary<string, int> codes)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/checkout")
        {
            Content = new StringContent(Order(customer, product), Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = customer.Authorization;
        request.Headers.Add("Idempotency-Key", key);
        using var response = await client.SendAsync(request);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        var code = response.IsSuccessStatusCode ? "" : answer.GetProperty("code").GetString()!;
        codes.AddOrUpdate(code, 1, (_, count) => count + 1);
        return (int)response.StatusCode;
    }

    private sealed record Busy(HeldRow Row, Crowd There, Crowd Here) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Row.DisposeAsync();
            await There.DisposeAsync();
            await Here.DisposeAsync();
        }
    }
}
