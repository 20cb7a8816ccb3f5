using Shop.Wallet.Contracts;

namespace Shop.Wallet.Wallets;

internal sealed class OpenWalletHandler(Db db) : IRequestHandler<OpenWallet, Unit>
{
    private const string InsertWallet = "insert into wallet.wallets (user_id, balance) values (@UserId, 0)";

    public async Task<Unit> Handle(OpenWallet request, CancellationToken cancellationToken)
    {
        await db.ExecuteAsync(InsertWallet, new { request.UserId }, cancellationToken);
        return Unit.Value;
    }
}
