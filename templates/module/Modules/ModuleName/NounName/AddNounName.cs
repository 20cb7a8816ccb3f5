using Shop.BuildingBlocks.Idempotency;

namespace Shop.ModuleName.NounName;

internal sealed record AddNounName(string Name) : ICommand<NounNameView>;

internal static class AddNounNameEndpoint
{
    public static void MapAddNounName(this IEndpointRouteBuilder admin) => admin
        .MapPost("", (AddNounName body, IdempotentSender commands, CancellationToken ct) =>
            commands.CreatedAsync(body, added => $"/api/v1/admin/modulename/{added.Id}", ct))
        .WithName(nameof(AddNounName))
        .WithSummary("Adds one")
        .WithExample(new AddNounName("as a client would send it"));
}

internal sealed class AddNounNameValidator : AbstractValidator<AddNounName>
{
    public AddNounNameValidator() => RuleFor(command => command.Name).NotEmpty().MaximumCharacters(200);
}

internal sealed class AddNounNameHandler(Db db) : IRequestHandler<AddNounName, NounNameView>
{
    private const string Insert = """
        insert into modulename.nounname (name, created_at) values (@Name, (select shop.now()))
        returning id, name, created_at
        """;

    public Task<NounNameView> Handle(AddNounName request, CancellationToken cancellationToken) =>
        db.QuerySingleAsync<NounNameView>(Insert, new { request.Name }, cancellationToken);
}
