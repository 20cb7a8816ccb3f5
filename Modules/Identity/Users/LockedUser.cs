namespace Shop.Identity.Users;

/// <summary>A user that is to change, or an active administrator, of whom one must be left.</summary>
internal sealed record LockedUser(
    long UserId, string Role, string Status, string? NormalizedEmail, string SecurityStamp)
{
    /// <summary>
    /// Locks the user and all active administrators, in one order: of two that demote each other the second waits, and
    /// sees what is left.
    /// </summary>
    public const string Select = """
        select user_id, role, status, normalized_email, security_stamp from identity.users
        where user_id = @UserId or (role = 'ADMIN' and status = 'ACTIVE')
        order by user_id for update
        """;

    public bool IsActiveAdmin => Role == User.AdminRole && Status == EnumNames.Of(UserStatus.Active);

    /// <summary>A disabled user's too: given back, they would be held again.</summary>
    public Permissions Permissions => Roles.PermissionsOf(Role);
}
