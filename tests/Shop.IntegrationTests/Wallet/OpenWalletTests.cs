using Npgsql;
using Shop.IntegrationTests.Testing;
using Shop.Wallet.Contracts;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class OpenWalletTests : ShopTest
{
    [Fact]
    public async Task A_wallet_is_opened_empty_and_once()
    {
        const long User = 999_999;
        await SendAsync(new OpenWallet(User));
        await Assert.ThrowsAsync<PostgresException>(() => SendAsync(new OpenWallet(User)));
        Assert.Equal(0, await Shop.QueryAsync<long>($"select balance from wallet.wallets where user_id = {User}"));
    }
}
