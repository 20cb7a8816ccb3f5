using Shop.Identity.Contracts;

namespace Shop.Identity.Users;

internal sealed class UserExistsHandler(Db db) : IRequestHandler<UserExists, bool>
{
    private const string AccountExists = """
        select exists (select from identity.users where user_id = @UserId and status <> 'ERASED')
        """;

    public Task<bool> Handle(UserExists request, CancellationToken cancellationToken) =>
        db.QuerySingleAsync<bool>(AccountExists, new { request.UserId }, cancellationToken);
}
