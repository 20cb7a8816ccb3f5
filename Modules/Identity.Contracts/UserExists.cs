using Shop.Messages;

namespace Shop.Identity.Contracts;

/// <summary>
/// Whether there is an account with this id, disabled ones included and erased ones not. Lists ask it where they found
/// nothing.
/// </summary>
public sealed record UserExists(long UserId) : IQuery<bool>;
