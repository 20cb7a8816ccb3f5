using System.Globalization;
using System.Net;
using System.Text;
using Shop.Client;
using Shop.IntegrationTests.Testing;
using Xunit;
using TypedClient = Shop.Client.ShopClient;

namespace Shop.IntegrationTests.Clients;

/// <summary>The client of <c>clients/csharp</c> against a shop.</summary>
public sealed class CSharpClientTests : ShopTest
{
    [Fact]
    public async Task Somebody_signs_up_charges_orders_and_pays()
    {
        var product = await CreateProductAsync(price: 700, name: "Lamp of glass");
        var shop = Typed(null);
        var email = $"{Guid.NewGuid():N}@example.com";
        UserCreated user = await shop.RegisterUserAsync(
            new RegisterUserRequest { Email = email, Password = "correct horse", Name = "Kim" });
        SessionTokens session = await shop.SignInAsync(
            new SignInRequest { Email = email, Password = "correct horse" });
        shop.AccessToken = session.AccessToken;

        PageOfProductView found = await shop.ListProductsAsync(
            q: "glass", sort: ListProductsSort.PriceAsc, status: ListProductsStatus.Selling);
        var charged = await shop.ChargeWalletAsync(
            user.UserId, new ChargeRequest { Amount = 5_000 }, idempotencyKey: "a-charge");
        var again = await shop.ChargeWalletAsync(
            user.UserId, new ChargeRequest { Amount = 5_000 }, idempotencyKey: "a-charge");
        Order order = await shop.PlaceOrderAsync(new OrderRequest
        {
            UserId = user.UserId,
            Items = [new RequestedItem { ProductId = Assert.Single(found.Items).ProductId, Quantity = 2 }],
        });
        var paid = await shop.PayOrderAsync(new PayOrderRequest { OrderId = order.OrderId });
        PageOfOrder orders = await shop.ListOrdersAsync(user.UserId, OrderStatus.Paid, limit: 1);

        Assert.Equal((product, 700), (found.Items[0].ProductId, found.Items[0].Price));
        Assert.Equal((5_000, false), (charged.Value.Balance, charged.IsReplayed));
        Assert.Equal((charged.Value.TransactionId, true), (again.Value.TransactionId, again.IsReplayed));
        Assert.Equal((201, PaymentStatus.Completed, 1_400), (paid.Status, paid.Value.Status, paid.Value.Amount));
        Assert.Equal(order.OrderId, Assert.Single(orders.Items).OrderId);
        Assert.Equal(order.CreatedAt, orders.Items[0].CreatedAt);
    }

    [Fact]
    public async Task A_refusal_is_an_exception_with_the_code_and_the_members_of_the_problem()
    {
        var customer = await SignUpAsync(balance: 1_000);
        var product = await CreateProductAsync(price: 1_500);
        var shop = Typed(customer.Client.AccessToken);
        Order order = await shop.PlaceOrderAsync(new OrderRequest
        {
            UserId = customer.UserId,
            Items = [new RequestedItem { ProductId = product, Quantity = 1 }],
        });

        var refused = await Assert.ThrowsAsync<ShopException>(
            () => shop.PayOrderAsync(new PayOrderRequest { OrderId = order.OrderId }));
        var invalid = await Assert.ThrowsAsync<ShopException>(
            () => shop.ChargeWalletAsync(customer.UserId, new ChargeRequest { Amount = -1 }));

        Assert.Equal((409, "payments.insufficient_balance"), (refused.Status, refused.Code));
        Assert.Equal(500, refused.Problem!.More["shortfall"].GetInt64());
        Assert.StartsWith("409 payments.insufficient_balance: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal((400, "validation"), (invalid.Status, invalid.Code));
        Assert.NotEmpty(invalid.Problem!.Errors!["amount"]);
    }

    [Fact]
    public async Task An_answer_that_is_no_problem_is_an_exception_without_one()
    {
        using var page = new HttpClient(new Proxy()) { BaseAddress = new Uri("http://shop.test/") };
        var failed = await Assert.ThrowsAsync<ShopException>(() => new TypedClient(page).ListCategoriesAsync());
        Assert.Equal((502, "", null), (failed.Status, failed.Code, failed.Problem));
        Assert.Equal(TimeSpan.FromSeconds(7), failed.RetryAfter);
    }

    [Fact]
    public async Task A_change_leaves_what_it_does_not_name_clears_what_it_says_and_heeds_the_tag()
    {
        var shop = Typed(Admin.AccessToken);
        ProductView made = await shop.CreateProductAsync(
            new CreateProductRequest { Name = "Lamp", Price = 900, Stock = 3, Description = "Bright", MaxPerUser = 2 });
        var read = await shop.GetProductAsync(made.ProductId);

        var changed = await shop.ChangeProductAsync(
            made.ProductId,
            new ChangeProductRequest { Price = 800, Status = ProductStatus.Stopped, MaxPerUser = 9 }
                .Clear(change => change.MaxPerUser),
            ifMatch: read.ETag);
        var late = await Assert.ThrowsAsync<ShopException>(() => shop.ChangeProductAsync(
            made.ProductId, new ChangeProductRequest { Price = 700 }, ifMatch: read.ETag));

        Assert.Equal(
            (800, ProductStatus.Stopped, "Bright", null),
            (changed.Value.Price, changed.Value.Status, changed.Value.Description, changed.Value.MaxPerUser));
        Assert.Equal((412, "precondition_failed"), (late.Status, late.Code));
    }

    [Fact]
    public async Task Files_and_times_go_both_ways()
    {
        var shop = Typed(Admin.AccessToken);
        using var file = new MemoryStream(Encoding.UTF8.GetBytes("name,price,stock\nLamp of paper,500,5\n"));
        var started = await shop.ImportProductsAsync(file, idempotencyKey: "a-file");
        var from = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(9));
        PageOfActivityView rows = await shop.ListActivityAsync(from: from, action: "ImportProducts");
        using var export = await shop.ExportProductsAsync();
        using var reader = new StreamReader(export.Stream);

        Assert.Equal(202, started.Status);
        Assert.Equal(
            started.Value.ImportId.ToString("D", CultureInfo.InvariantCulture), Assert.Single(rows.Items).Target.Id);
        Assert.StartsWith("productId,", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    private TypedClient Typed(string? accessToken) => new(Shop.CreateClient()) { AccessToken = accessToken };

    private sealed class Proxy : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            var answer = new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent("<html>") };
            answer.Headers.Add("Retry-After", "7");
            return Task.FromResult(answer);
        }
    }
}
