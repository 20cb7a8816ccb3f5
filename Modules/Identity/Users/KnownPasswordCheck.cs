using Shop.BuildingBlocks.Settings;

namespace Shop.Identity.Users;

/// <summary>
/// Outside Development no host starts while an administrator has the password that everybody knows from Development: a
/// database that was made there may have come along. Looks at the oldest administrators: each costs a password hash.
/// </summary>
internal sealed class KnownPasswordCheck(Db db, Passwords passwords) : IStartupStep
{
    private const int MaxAdministrators = 20;

    private const string SelectAdministrators = $"""
        {User.Select}
        where role = 'ADMIN' and status = 'ACTIVE' and password_hash is not null
        order by user_id limit @limit
        """;

    /// <exception cref="ConfigurationException">There is one.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        var administrators = await db.QueryAsync<User>(SelectAdministrators, new { limit = MaxAdministrators }, ct);
        var known = await Task.WhenAll(administrators.Select(user => Task.Run(() => EmailIfKnownAsync(user, ct), ct)));
        if (known.OfType<string>().ToList() is { Count: > 0 } emails)
            throw new ConfigurationException(emails.ConvertAll(email =>
                $"the administrator {email} has the password that everybody knows from Development: " +
                $"set another one with the verb `admin password --email {email}`, or `admin disable --email {email}`"));
    }

    private async Task<string?> EmailIfKnownAsync(User user, CancellationToken ct) =>
        await passwords.MatchAsync(user, FirstAdminOptions.DevelopmentPassword, ct) ? user.Email : null;
}
