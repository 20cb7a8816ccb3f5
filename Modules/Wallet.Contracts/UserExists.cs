using Shop.Messages;

namespace Shop.Wallet.Contracts;

/// <summary>Whether there is such a user: everybody has a wallet. Lists ask it where they found nothing.</summary>
public sealed record UserExists(long UserId) : IQuery<bool>;
