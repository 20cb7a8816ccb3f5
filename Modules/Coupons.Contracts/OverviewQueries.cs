using Shop.Messages;

namespace Shop.Coupons.Contracts;

/// <summary>The length of the longest queue for a coupon; 0 where all are empty.</summary>
public sealed record GetLongestQueueLength : IQuery<long>;
