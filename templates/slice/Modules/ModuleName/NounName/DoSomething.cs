using Shop.BuildingBlocks.Idempotency;

namespace Shop.ModuleName.NounName;

internal sealed record DoSomething(string Text) : ICommand<SomethingDone>;

internal sealed record SomethingDone(string Text, int Length);

internal static class DoSomethingEndpoint
{
    public static void MapDoSomething(this IEndpointRouteBuilder api) => api
        .MapPost("/admin/do-something", (DoSomething body, IdempotentSender commands, CancellationToken ct) =>
            commands.OkAsync(body, ct))
        .Needs(Permissions.CatalogWrite)
        .WithTags("ModuleName")
        .WithName(nameof(DoSomething))
        .WithSummary("One line that says what it does")
        .WithExample(new DoSomething("as a client would send it"));
}

internal sealed class DoSomethingValidator : AbstractValidator<DoSomething>
{
    public DoSomethingValidator() => RuleFor(command => command.Text).NotEmpty().MaximumCharacters(200);
}

internal sealed class DoSomethingHandler(Db db) : IRequestHandler<DoSomething, SomethingDone>
{
    // Schema-qualified, in the module's own schema alone, columns listed. Locks come first, in the order of LockOrder.
    private const string Measure = "select char_length(@Text)";

    public async Task<SomethingDone> Handle(DoSomething request, CancellationToken cancellationToken)
    {
        var length = await db.QuerySingleAsync<int>(Measure, new { request.Text }, cancellationToken);
        return new SomethingDone(request.Text, length);
    }
}
