namespace Shop.BuildingBlocks.Exports;

/// <summary>Something that a module holds about a user: a member of <c>GET /users/{userId}/export</c>.</summary>
/// <param name="Name">The member, in camelCase.</param>
/// <param name="Rows">
/// A query of the module's own schema with the one parameter <c>@userId</c>. Each row is an object with a member for
/// each column (<c>created_at</c> is <c>createdAt</c>); a column of the type json is a member as it stands.
/// </param>
public sealed record PersonalData(string Name, string Rows);
