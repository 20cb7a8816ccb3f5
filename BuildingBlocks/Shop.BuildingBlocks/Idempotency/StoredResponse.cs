namespace Shop.BuildingBlocks.Idempotency;

/// <summary>A response as it goes out, to be given again byte for byte.</summary>
/// <param name="Location">The header of that name, or null.</param>
internal sealed record StoredResponse(int Status, string? Location, byte[] Body);
