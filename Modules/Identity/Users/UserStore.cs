using System.Globalization;
using Microsoft.AspNetCore.Identity;

namespace Shop.Identity.Users;

/// <summary>
/// The store of UserManager, as much of it as the shop uses. Later changes of an account are statements of slices.
/// </summary>
internal sealed class UserStore(Db db, IdentityErrorDescriber errors) : IUserSecurityStampStore<User>
{
    // A taken e-mail is no error, so that the transaction lives on; of two at the same time the second waits here for
    // the first to commit.
    private const string InsertUser = """
        insert into identity.users (email, normalized_email, name, password_hash, security_stamp, role, created_at)
        values (@Email, @NormalizedEmail, @Name, @PasswordHash, @SecurityStamp, @Role, (select shop.now()))
        on conflict (normalized_email) do nothing
        returning user_id
        """;

    private const string SelectByEmail = $"{User.Select} where normalized_email = @email";

    private const string SelectById = $"{User.Select} where user_id = @userId";

    public async Task<IdentityResult> CreateAsync(User user, CancellationToken cancellationToken)
    {
        if (await db.QuerySingleOrDefaultAsync<long?>(InsertUser, user, cancellationToken) is not { } userId)
            return IdentityResult.Failed(errors.DuplicateEmail(user.Email));
        user.UserId = userId;
        return IdentityResult.Success;
    }

    public Task<User?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        db.QuerySingleOrDefaultAsync<User>(
            SelectById, new { userId = long.Parse(userId, CultureInfo.InvariantCulture) }, cancellationToken);

    public Task<User?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) =>
        db.QuerySingleOrDefaultAsync<User>(SelectByEmail, new { email = normalizedUserName }, cancellationToken);

    public Task<string> GetUserIdAsync(User user, CancellationToken cancellationToken) => Task.FromResult(
        user.UserId.ToString(CultureInfo.InvariantCulture));

    public Task<string?> GetUserNameAsync(User user, CancellationToken cancellationToken) => Task.FromResult<string?>(
        user.Email);

    public Task<string?> GetNormalizedUserNameAsync(User user, CancellationToken cancellationToken) => Task.FromResult(
        user.NormalizedEmail);

    public Task SetNormalizedUserNameAsync(User user, string? normalizedName, CancellationToken cancellationToken)
    {
        user.NormalizedEmail = normalizedName;
        return Task.CompletedTask;
    }

    public Task<string?> GetSecurityStampAsync(User user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.SecurityStamp);

    public Task SetSecurityStampAsync(User user, string stamp, CancellationToken cancellationToken)
    {
        user.SecurityStamp = stamp;
        return Task.CompletedTask;
    }

    public Task SetUserNameAsync(User user, string? userName, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IdentityResult> UpdateAsync(User user, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IdentityResult> DeleteAsync(User user, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public void Dispose()
    {
        // The scope owns the connection.
    }
}
