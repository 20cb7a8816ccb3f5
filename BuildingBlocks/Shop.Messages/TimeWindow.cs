namespace Shop.Messages;

/// <summary>A span of time, with its beginning and without its end.</summary>
public sealed record TimeWindow(DateTimeOffset From, DateTimeOffset To);
