namespace Shop.Identity.ApiKeys;

internal sealed record ListApiKeys(PageRequest Page) : IQuery<Page<ApiKeyView>>, IReplicaQuery;

/// <param name="LastUsedAt">To the minute.</param>
internal sealed record ApiKeyView(
    Guid ApiKeyId, string Name, IReadOnlyList<string> Permissions, DateTimeOffset CreatedAt, ApiKeyMaker CreatedBy,
    DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt);

/// <summary>The maker of a key; the key outlives its maker.</summary>
internal sealed record ApiKeyMaker(CallerType Type, string Id);

internal static class ListApiKeysEndpoint
{
    public static void MapListApiKeys(this IEndpointRouteBuilder keys) => keys
        .MapGet("", async ([AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ListApiKeys(page), ct)))
        .WithName(nameof(ListApiKeys))
        .WithSummary("API keys without the keys themselves, newest first; revoked ones too");
}

internal sealed class ListApiKeysHandler(Db db, Cursors cursors) : IRequestHandler<ListApiKeys, Page<ApiKeyView>>
{
    private const string List = "api-keys";

    private const string SelectKeys = """
        select api_key_id, name, array_to_string(permissions, ' ') as permissions, created_at, created_by_type,
            created_by_id, expires_at, revoked_at, last_used_at
        from identity.api_keys
        where @after::uuid is null or api_key_id < @after
        order by api_key_id desc limit @limit
        """;

    private sealed record After(Guid ApiKeyId);

    private sealed record Row(
        Guid ApiKeyId, string Name, string Permissions, DateTimeOffset CreatedAt, string CreatedByType,
        string CreatedById, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt)
    {
        public ApiKeyView ToView() => new(
            ApiKeyId, Name, Permissions.Split(' '), CreatedAt,
            new ApiKeyMaker(EnumNames.Read<CallerType>(CreatedByType), CreatedById), ExpiresAt, RevokedAt, LastUsedAt);
    }

    public async Task<Page<ApiKeyView>> Handle(ListApiKeys request, CancellationToken cancellationToken)
    {
        var after = cursors.Read<After>(List, request.Page)?.ApiKeyId;
        var rows = await db.QueryAsync<Row>(
            SelectKeys, new { after, limit = request.Page.Size + 1 }, cancellationToken);
        return cursors.Page(List, request.Page, rows, last => new After(last.ApiKeyId)).Select(row => row.ToView());
    }
}
