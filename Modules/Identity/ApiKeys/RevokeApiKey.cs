using Shop.Identity.Access;
using Shop.Identity.Contracts;

namespace Shop.Identity.ApiKeys;

/// <summary>Ends an API key on every host within seconds. It stays listed.</summary>
/// <param name="Permissions">Of who asks: a key with one that is not among them can't be revoked.</param>
internal sealed record RevokeApiKey(Guid ApiKeyId, Permissions Permissions) : ICommand<Unit>;

internal static class RevokeApiKeyEndpoint
{
    public static void MapRevokeApiKey(this IEndpointRouteBuilder keys) => keys
        .MapDelete("/{apiKeyId:guid}", async (
            Guid apiKeyId, Caller caller, AccessCache access, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new RevokeApiKey(apiKeyId, caller.Permissions), ct);
            // This host knows at once, the others within seconds.
            await access.TryRefreshAsync(ct);
            return TypedResults.NoContent();
        })
        .WithName(nameof(RevokeApiKey))
        .WithSummary("Revokes an API key")
        .Fails(IdentityErrors.ApiKeyNotFound);
}

internal sealed class RevokeApiKeyHandler(Db db) : IRequestHandler<RevokeApiKey, Unit>
{
    private const string SelectPermissions =
        "select permissions from identity.api_keys where api_key_id = @ApiKeyId for update";

    private const string Revoke = """
        update identity.api_keys set revoked_at = coalesce(revoked_at, (select shop.now()))
        where api_key_id = @ApiKeyId
        """;

    public async Task<Unit> Handle(RevokeApiKey request, CancellationToken cancellationToken)
    {
        var names = await db.QuerySingleOrDefaultAsync<string[]>(
            SelectPermissions, new { request.ApiKeyId }, cancellationToken)
            ?? throw new ErrorException(IdentityErrors.ApiKeyNotFound.Of(request.ApiKeyId));
        request.Permissions.MustCover(PermissionNames.Read(names), "This API key holds a permission that you lack.");
        await db.ExecuteAsync(Revoke, new { request.ApiKeyId }, cancellationToken);
        return Unit.Value;
    }
}
