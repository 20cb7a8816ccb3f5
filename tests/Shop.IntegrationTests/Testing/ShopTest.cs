using System.Net;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Shop.IntegrationTests.Testing;

/// <summary>
/// A test that has a host and a database for itself while it runs. Unless <see cref="StartAsync"/> starts one, they
/// are shared with tests before and after it.
/// </summary>
public abstract class ShopTest : IAsyncLifetime
{
    private static int people;

    private protected ShopHost Shop { get; private set; } = null!;

    private protected ShopClient Admin { get; private set; } = null!;

    private protected ShopClient Anonymous { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Shop = await StartAsync();
        Anonymous = Shop.Client();
        Admin = Shop.Client(await SignInAsync("admin@shop.local", "admin-password"));
    }

    public Task DisposeAsync() => StopAsync();

    private protected virtual async Task StopAsync()
    {
        if (await SharedHosts.TakeBackAsync(Shop))
            return;
        await Shop.DisposeAsync();
        await TestDatabases.DropAsync(Shop.ConnectionString);
    }

    /// <summary>
    /// Overridden by tests that need settings, or a host that has served nobody: it may remember requests of others.
    /// </summary>
    private protected virtual Task<ShopHost> StartAsync() => SharedHosts.LendAsync();

    private protected async Task<Customer> SignUpAsync(long balance = 0)
    {
        var email = $"customer{Interlocked.Increment(ref people)}@example.com";
        var user = (await Anonymous.PostAsync(
            "/users", new { email, password = "correct horse", name = "Customer" })).Expect(HttpStatusCode.Created);
        var customer = new Customer(
            user["userId"].GetInt64(), email, Shop.Client(await SignInAsync(email, "correct horse")));
        if (balance > 0)
            (await customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = balance })).Expect(
                HttpStatusCode.OK);
        return customer;
    }

    /// <summary>Signs up somebody whom the administrator gives this role.</summary>
    private protected async Task<Customer> SignUpStaffAsync(string role)
    {
        var user = await SignUpAsync();
        (await Admin.PatchAsync($"/admin/users/{user.UserId}", new { role })).Expect(HttpStatusCode.OK);
        return user;
    }

    private protected async Task<string> SignInAsync(string email, string password) =>
        (await Anonymous.PostAsync("/sessions", new { email, password }))
            .Expect(HttpStatusCode.OK)["accessToken"]
            .GetString()!;

    private protected async Task<long> CreateProductAsync(
        long price = 1_000, long stock = 100, string name = "Keyboard") =>
        (await Admin.PostAsync("/admin/products", new { name, price, stock }))
            .Expect(HttpStatusCode.Created)["productId"]
            .GetInt64();

    /// <summary>Sends what has no endpoint: requests of one module to another, and those of the command line.</summary>
    private protected async Task<TResult> SendAsync<TResult>(IRequest<TResult> request)
    {
        await using var scope = Shop.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request);
    }

    private protected async Task<long> StockOfAsync(long productId) =>
        (await Anonymous.GetAsync($"/products/{productId}")).Expect(HttpStatusCode.OK)["stock"].GetInt64();
}

/// <summary>A signed-in customer.</summary>
internal sealed record Customer(long UserId, string Email, ShopClient Client)
{
    public Task<Answer> GetAsync(string path) => Client.GetAsync(path);

    public Task<Answer> PostAsync(string path, object? body = null) => Client.PostAsync(path, body);

    public Task<Answer> PostWithKeyAsync(string key, string path, object? body = null) =>
        Client.PostWithKeyAsync(key, path, body);

    public Task<Answer> ChargeAsync(long amount) => ChargeAsync(UserId, amount);

    /// <summary>Asks to charge a wallet, perhaps somebody else's.</summary>
    public Task<Answer> ChargeAsync(long userId, long amount) =>
        PostAsync($"/users/{userId}/balance/charges", new { amount });

    public Task<Answer> OrderAsync(params (long ProductId, int Quantity)[] items) =>
        PostAsync(
            "/orders",
            new
            {
                userId = UserId,
                items = items.Select(item => new { productId = item.ProductId, quantity = item.Quantity }),
            });

    public async Task<Guid> PlaceAsync(params (long ProductId, int Quantity)[] items) =>
        (await OrderAsync(items)).Expect(HttpStatusCode.Created)["orderId"].GetGuid();

    public Task<Answer> PayAsync(Guid orderId) => PostAsync("/payments", new { orderId });

    public async Task<long> BalanceAsync() =>
        (await GetAsync($"/users/{UserId}/balance")).Expect(HttpStatusCode.OK)["balance"].GetInt64();

    public async Task<string> StatusOfAsync(Guid orderId) =>
        (await GetAsync($"/orders/{orderId}")).Expect(HttpStatusCode.OK)["status"].GetString()!;
}
