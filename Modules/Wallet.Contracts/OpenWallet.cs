using MediatR;
using Shop.Messages;

namespace Shop.Wallet.Contracts;

/// <summary>
/// Opens the empty wallet of a new user. It joins the transaction that makes the user, so that nobody is without one.
/// </summary>
public sealed record OpenWallet(long UserId) : ICommand<Unit>;
