using MediatR;
using Shop.BuildingBlocks.Database;
using Shop.Wallet.Contracts;

namespace Shop.Wallet.Wallets;

internal sealed class UserExistsHandler(Db db) : IRequestHandler<UserExists, bool>
{
    private const string WalletExists = "select exists (select 1 from wallet.wallets where user_id = @UserId)";

    public Task<bool> Handle(UserExists request, CancellationToken cancellationToken) =>
        db.QuerySingleAsync<bool>(WalletExists, new { request.UserId }, cancellationToken);
}
