using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.IntegrationTests.Testing;
using Shop.Messages;
using Shop.Ordering.Contracts;
using Shop.Ordering.Orders;
using Shop.Ordering.Orders.Placing;
using Shop.Payments.Payments;
using Shop.Wallet.Contracts;
using Shop.Wallet.Wallets;
using Xunit;

namespace Shop.IntegrationTests.Pipeline;

/// <summary>
/// Modules as other code of the process meets them: through the mediator, with its behaviours, without HTTP.
/// </summary>
public sealed class MediatorTests : ShopTest
{
    [Fact]
    public async Task A_command_is_committed_when_its_answer_comes()
    {
        var customer = await SignUpAsync();
        var charged = await SendAsync(new ChargeWallet(customer.UserId, 3_000));
        Assert.Equal(3_000, charged.Balance);
        Assert.Equal(3_000, (await SendAsync(new GetBalance(customer.UserId))).Balance);
    }

    [Fact]
    public async Task An_invalid_command_does_not_reach_its_handler()
    {
        var error = await Assert.ThrowsAsync<ValidationException>(() => SendAsync(new ChargeWallet(999_999, 0)));
        Assert.Equal("Amount", Assert.Single(error.Errors).PropertyName);
    }

    [Fact]
    public async Task A_command_sent_by_another_is_undone_with_it()
    {
        const string Wallets = "select count(*) from wallet.wallets where user_id = 77777";
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Shop.Services.GetRequiredService<Transactions>().RunAsync<int>(
                async (scope, ct) =>
                {
                    await scope.GetRequiredService<IMediator>().Send(new OpenWallet(77_777), ct);
                    Assert.Equal(1, await scope.GetRequiredService<Db>().QuerySingleAsync<long>(Wallets, null, ct));
                    throw new InvalidOperationException("undone");
                },
                CancellationToken.None));
        Assert.Equal(0, await Shop.QueryAsync<long>(Wallets));
    }

    [Fact]
    public async Task An_order_is_placed_and_paid_and_a_refusal_leaves_nothing()
    {
        var product = await CreateProductAsync(price: 1_000, stock: 2);
        var customer = await SignUpAsync(balance: 1_000);
        var order = await SendAsync(new PlaceOrder(new OrderRequest(customer.UserId, [new RequestedItem(product, 1)])));
        var caller = TestCallers.Customer(customer.UserId);
        Assert.Equal(1_000, (await SendAsync(new PayOrder(order.OrderId, caller))).Amount);
        Assert.Equal(OrderStatus.Paid, (await SendAsync(new GetOrder(order.OrderId, caller))).Status);

        var problem = await Assert.ThrowsAsync<ErrorException>(
            () => SendAsync(new PlaceOrder(new OrderRequest(customer.UserId, [new RequestedItem(product, 2)]))));
        Assert.Equal("catalog.out_of_stock", problem.Error.Code);
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from ordering.orders"));
    }
}
