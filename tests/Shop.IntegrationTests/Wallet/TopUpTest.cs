using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.IntegrationTests.Testing;
using Shop.Wallet.TopUps;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

/// <summary>A shop whose wallets are topped up through a provider.</summary>
public abstract class TopUpTest : ShopTest
{
    private protected static async Task<Guid> CreateAsync(Customer customer, long amount = 5_000) =>
        (await PostAsync(customer, amount)).Expect(HttpStatusCode.Created)["topUpId"].GetGuid();

    private protected static Task<Answer> PostAsync(Customer customer, long amount) =>
        customer.PostAsync($"/users/{customer.UserId}/top-ups", new { amount });

    private protected static Task<Answer> ConfirmAsync(Customer customer, Guid topUpId, string providerPaymentId) =>
        customer.PostAsync($"/top-ups/{topUpId}/confirm", new { providerPaymentId });

    private protected static async Task<string> StatusOfAsync(Customer customer, Guid topUpId) =>
        (await customer.GetAsync($"/top-ups/{topUpId}")).Expect(HttpStatusCode.OK)["status"].GetString()!;

    /// <summary>Presses a button of the Fake provider's page.</summary>
    private protected async Task<string> PayAsync(Guid topUpId, long amount = 5_000, bool approve = true) =>
        (await Anonymous.PostAsync("/fake-payments", new { orderId = topUpId, amount, approve }))
            .Expect(HttpStatusCode.OK)["providerPaymentId"]
            .GetString()!;

    private protected Task<int> LookUpAsync() => LookUpAsync(Shop);

    private protected static Task<int> LookUpAsync(ShopHost host) =>
        host.Services.GetRequiredService<LookUpTopUps>().RunOnceAsync(CancellationToken.None);

    private protected async Task ExpectBooksAsync(Customer customer, long balance)
    {
        Assert.Equal(balance, await customer.BalanceAsync());
        Assert.True((await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK)["consistent"].GetBoolean());
    }
}
