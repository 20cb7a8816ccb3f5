using Shop.BuildingBlocks.Exports;

namespace Shop.Identity.Users;

/// <summary>The data of Identity about a user, for an export.</summary>
internal static class IdentityPersonalData
{
    public static IReadOnlyList<PersonalData> All { get; } =
    [
        new("account", """
            select user_id, email, name, role, status, created_at, sessions_ended_at,
                password_hash is not null as has_password
            from identity.users where user_id = @userId
            """),
        new("externalIdentities", """
            select issuer, subject, email_verified, linked_at
            from identity.external_identities where user_id = @userId
            """),
        new("sessions", """
            select session_id, created_at, last_used_at, expires_at, address, user_agent
            from identity.sessions where user_id = @userId order by session_id
            """),
        new("passwordResets", """
            select created_at, expires_at from identity.password_resets where user_id = @userId
            """),
        new("signInNetworks", """
            select network, signed_in_at from identity.sign_in_networks where user_id = @userId order by signed_in_at
            """),
        new("signInAttempts", """
            select network, failures, started_at, attempted_at, locked_until from identity.sign_in_attempts
            where normalized_email = (select normalized_email from identity.users where user_id = @userId)
            """),
        new("activity", """
            select activity_id, occurred_at, action, target_type, target_id, before, after,
                case when actor_type = 'USER' and actor_id = @userId::text then address end as address
            from identity.activity
            where (actor_type = 'USER' and actor_id = @userId::text)
                or (target_type ilike 'user' and target_id = @userId::text)
                or on_behalf_of = @userId
            order by occurred_at, activity_id
            """),
        new("apiKeys", """
            select api_key_id, name, created_at, expires_at, revoked_at, last_used_at from identity.api_keys
            where created_by_type = 'USER' and created_by_id = @userId::text order by api_key_id
            """),
    ];
}
