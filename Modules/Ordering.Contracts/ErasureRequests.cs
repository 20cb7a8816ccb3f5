using MediatR;
using Shop.Messages;

namespace Shop.Ordering.Contracts;

/// <summary>
/// Whether an order of the user waits for its payment. Asked before any row is locked: until the caller's transaction
/// ends the user can place none, and put nothing into the cart.
/// </summary>
public sealed record LockOpenOrders(long UserId) : ICommand<bool>;

/// <summary>Empties the cart of a user who is erased, in that transaction.</summary>
public sealed record EraseCart(long UserId) : ICommand<Unit>;
