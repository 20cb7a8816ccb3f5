namespace Shop.ModuleName.NounName;

internal sealed record GetNounName(long Id) : IQuery<NounNameView>;

internal sealed record NounNameView(long Id, string Name, DateTimeOffset CreatedAt);

internal static class GetNounNameEndpoint
{
    public static void MapGetNounName(this IEndpointRouteBuilder admin) => admin
        .MapGet("/{id:long}", async (long id, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new GetNounName(id), ct)))
        .WithName(nameof(GetNounName))
        .WithSummary("One of them")
        .Fails(ModuleNameErrors.NotFound);
}

internal sealed class GetNounNameHandler(Db db) : IRequestHandler<GetNounName, NounNameView>
{
    private const string Select = "select id, name, created_at from modulename.nounname where id = @Id";

    public async Task<NounNameView> Handle(GetNounName request, CancellationToken cancellationToken) =>
        await db.QuerySingleOrDefaultAsync<NounNameView>(Select, new { request.Id }, cancellationToken)
        ?? throw new ErrorException(ModuleNameErrors.NotFound.Of(request.Id));
}
