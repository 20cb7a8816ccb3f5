using System.ComponentModel.DataAnnotations;

namespace Shop.Identity.ApiKeys;

/// <param name="Permissions">Names; the caller must have each of them.</param>
/// <param name="ExpiresAt">In the future; null: never.</param>
internal sealed record CreateApiKey(
    string Name, IReadOnlyList<string> Permissions, DateTimeOffset? ExpiresAt, Caller Caller) : ICommand<ApiKeyCreated>;

/// <param name="Key">Shown this once.</param>
internal sealed record ApiKeyCreated(
    Guid ApiKeyId, string Name, IReadOnlyList<string> Permissions, string Key, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt);

internal sealed record CreateApiKeyRequest(
    [property: MaxLength(CreateApiKeyValidator.MaximumNameLength)] string Name,
    [property: MaxLength(CreateApiKeyValidator.MaximumPermissions)] IReadOnlyList<string> Permissions,
    DateTimeOffset? ExpiresAt = null)
{
    /// <summary>The permissions that a storefront's server needs.</summary>
    internal static readonly string[] OfStorefront = ["users:act-for", "users:write"];
}

internal static class CreateApiKeyEndpoint
{
    public static void MapCreateApiKey(this IEndpointRouteBuilder keys) => keys
        .MapPost("", (CreateApiKeyRequest body, Caller caller, IdempotentSender commands, CancellationToken ct) =>
            commands.CreatedOnceAsync(new CreateApiKey(body.Name, body.Permissions, body.ExpiresAt, caller), ct))
        .WithName(nameof(CreateApiKey))
        .WithSummary("Makes an API key, which is shown this once")
        .Fails(IdempotencyErrors.AnswerNotKept)
        .WithExample(new CreateApiKeyRequest("Storefront", CreateApiKeyRequest.OfStorefront))
        .WithDescription("A key has the permissions that it is given, which its maker must have.");
}

internal sealed class CreateApiKeyValidator : AbstractValidator<CreateApiKey>
{
    public const int MaximumNameLength = 200;
    public const int MaximumPermissions = 100;

    public CreateApiKeyValidator()
    {
        RuleFor(command => command.Name).IsName(MaximumNameLength);
        RuleFor(command => command.Permissions)
            .Must(names => names.Count is >= 1 and <= MaximumPermissions)
            .WithMessage($"Must have 1 to {MaximumPermissions} names.")
            .Must(names => names.All(name => name is not null && PermissionNames.TryRead(name, out _)))
            .WithMessage($"Must be some of {string.Join(", ", PermissionNames.All)}.");
    }
}

internal sealed class CreateApiKeyHandler(Db db) : IRequestHandler<CreateApiKey, ApiKeyCreated>
{
    private const string InsertKey = """
        insert into identity.api_keys
            (api_key_id, name, permissions, key_hash, created_at, created_by_type, created_by_id, expires_at)
        values (@apiKeyId, @Name, @names, @hash, (select shop.now()), @type, @Id, @ExpiresAt)
        returning created_at
        """;

    public async Task<ApiKeyCreated> Handle(CreateApiKey request, CancellationToken cancellationToken)
    {
        var permissions = PermissionNames.Read(request.Permissions);
        request.Caller.MustHave(permissions);
        var (apiKeyId, names, key) = (Guid.CreateVersion7(), PermissionNames.Of(permissions), ApiKeySecret.New());
        var createdAt = await db.QuerySingleAsync<DateTimeOffset>(
            InsertKey,
            new
            {
                apiKeyId,
                request.Name,
                names = names.ToArray(),
                hash = KeyHash.Of(key).ToBytes(),
                type = EnumNames.Of(request.Caller.Type),
                request.Caller.Id,
                request.ExpiresAt,
            },
            cancellationToken);
        return request.ExpiresAt <= createdAt
            ? throw Invalid.Field("expiresAt", "Must be in the future.")
            : new ApiKeyCreated(apiKeyId, request.Name, names, key, createdAt, request.ExpiresAt);
    }
}
