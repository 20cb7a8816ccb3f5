using MediatR;
using Shop.Messages;

namespace Shop.Wallet.Contracts;

/// <summary>
/// Closes the wallet of a user who is erased, in that transaction: nothing is charged to it or ordered from it any
/// more.
/// </summary>
/// <param name="Forfeit">Whether the balance is given up, by an ADJUSTMENT that says so.</param>
/// <returns>False: it holds money that is not given up, and stays open.</returns>
public sealed record CloseWallet(long UserId, bool Forfeit) : ICommand<bool>;
