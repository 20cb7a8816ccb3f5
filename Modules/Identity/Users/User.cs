namespace Shop.Identity.Users;

/// <summary>An account. Its e-mail is also what ASP.NET Core Identity calls the user name.</summary>
internal sealed class User
{
    public const string CustomerRole = "CUSTOMER";

    public const string AdminRole = "ADMIN";

    public const string Select = """
        select user_id, email, normalized_email, name, password_hash, security_stamp, role, status, created_at
        from identity.users
        """;

    public long UserId { get; set; }

    public required string Email { get; init; }

    /// <summary>The form in which e-mails are compared.</summary>
    public string? NormalizedEmail { get; set; }

    public required string Name { get; init; }

    /// <summary>Null for an account that nobody can sign in to: a storefront acts for it.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>Changes with the password; refresh tokens carry it and end with it.</summary>
    public string SecurityStamp { get; set; } = "";

    /// <summary>The name of a <see cref="Users.Role"/>.</summary>
    public required string Role { get; init; }

    public UserStatus Status { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Only an ACTIVE account signs in.</summary>
internal enum UserStatus
{
    Active,
    Disabled,
    Erased,
}
