using System.Security.Claims;
using Npgsql;

namespace Shop.Identity.ApiKeys;

/// <summary>A key that is neither revoked nor expired, with the principal of its requests.</summary>
internal sealed class CachedApiKey(
    Guid apiKeyId, long number, Permissions permissions, DateTimeOffset? expiresAt, IUserPermissions users)
{
    /// <summary>The columns for <see cref="Read"/>.</summary>
    public const string Select = """
        select key_hash, api_key_id, number, permissions, expires_at from identity.api_keys
        where revoked_at is null and (expires_at is null or expires_at > (select shop.now()))
        """;

    public Guid ApiKeyId => apiKeyId;

    public CallerPrincipal Principal { get; } = new(
        Caller.OfApiKey(apiKeyId, number, permissions, users), new ClaimsIdentity(nameof(CallerType.ApiKey)));

    public bool IsExpired(DateTimeOffset now) => expiresAt <= now;

    public static (KeyHash Hash, CachedApiKey Key) Read(NpgsqlDataReader row, IUserPermissions users) => (
        KeyHash.Read(row.GetFieldValue<byte[]>(0)),
        new CachedApiKey(
            row.GetGuid(1),
            row.GetInt64(2),
            PermissionNames.Read(row.GetFieldValue<string[]>(3)),
            row.IsDBNull(4) ? null : row.GetFieldValue<DateTimeOffset>(4),
            users));
}
