using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders.Placing;

internal static class OrderActors
{
    /// <returns>Null where the caller is the customer.</returns>
    public static OrderActor? Of(Caller caller, long userId) => caller.UserId == userId
        ? null
        : new OrderActor(caller.Type == CallerType.User ? OrderActorType.User : OrderActorType.ApiKey, caller.Id);
}
