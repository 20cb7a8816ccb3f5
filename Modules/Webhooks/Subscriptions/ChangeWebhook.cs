using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Shop.Webhooks.Deliveries;

namespace Shop.Webhooks.Subscriptions;

/// <summary>Null leaves a member as it is.</summary>
internal sealed record ChangeWebhook(
    Guid WebhookId, string? Url, IReadOnlyList<string>? Types, string? Name, WebhookStatus? Status)
    : ICommand<Change<Webhook>>;

/// <summary>The members that are present change; none of them may be null.</summary>
internal sealed class ChangeWebhookRequest
{
    [DisallowNull, MaxLength(WebhookRules.UrlLength)]
    public string? Url { get; init; }

    [DisallowNull, MaxLength(WebhookRules.MaximumTypes)]
    public IReadOnlyList<string>? Types { get; init; }

    [DisallowNull, MaxLength(TextLength.Name)]
    public string? Name { get; init; }

    [DisallowNull]
    public WebhookStatus? Status { get; init; }

    public ChangeWebhook For(Guid webhookId) => new(webhookId, Url, Types, Name, Status);
}

internal static class ChangeWebhookEndpoint
{
    public static void MapChangeWebhook(this IEndpointRouteBuilder webhook) => webhook
        .MapPatch("", async (
            Guid webhookId, ChangeWebhookRequest body, InnerNetworks networks, IMediator mediator,
            CancellationToken ct) =>
        {
            await networks.ExpectOuterAsync(body.Url, ct);
            return TypedResults.Ok((await mediator.Send(body.For(webhookId), ct)).After);
        })
        .WithName(nameof(ChangeWebhook))
        .WithSummary("Changes what is given of a webhook")
        .Fails(WebhookErrors.NotFound, WebhookErrors.InnerAddress)
        .WithExample(new { status = "PAUSED" })
        .WithDescription("What happens while it is PAUSED waits until it is ACTIVE.");
}

internal sealed class ChangeWebhookValidator : AbstractValidator<ChangeWebhook>
{
    public ChangeWebhookValidator()
    {
        RuleFor(command => command).Must(HasChange).OverridePropertyName("body")
            .WithMessage("Must have at least one of url, types, name, status.");
        RuleFor(command => command.Url).IsWebhookUrl().When(command => command.Url is not null);
        RuleFor(command => command.Types).AreWebhookTypes();
        RuleFor(command => command.Name!).IsName(TextLength.Name).When(command => command.Name is not null);
    }

    private static bool HasChange(ChangeWebhook command) =>
        command.Url is not null || command.Types is not null || command.Name is not null || command.Status is not null;
}

internal sealed class ChangeWebhookHandler(Db db) : IRequestHandler<ChangeWebhook, Change<Webhook>>
{
    private const string LockWebhook = $"""
        select {WebhookRow.Columns} from webhooks.webhooks
        where webhook_id = @WebhookId and status <> 'DELETED' for no key update
        """;

    private const string Update = $"""
        update webhooks.webhooks
        set url = coalesce(@Url, url), types = coalesce(@types, types), name = coalesce(@Name, name),
            status = coalesce(@status, status)
        where webhook_id = @WebhookId
        returning {WebhookRow.Columns}
        """;

    public async Task<Change<Webhook>> Handle(ChangeWebhook request, CancellationToken cancellationToken)
    {
        var before = await db.QuerySingleOrDefaultAsync<WebhookRow>(
            LockWebhook, new { request.WebhookId }, cancellationToken)
            ?? throw new ErrorException(WebhookErrors.NotFound.Of(request.WebhookId));
        var after = await db.QuerySingleAsync<WebhookRow>(
            Update,
            new
            {
                request.WebhookId,
                request.Url,
                types = request.Types?.Distinct().ToArray(),
                request.Name,
                status = request.Status is { } status ? EnumNames.Of(status) : null,
            },
            cancellationToken);
        return new Change<Webhook>(before.ToWebhook(), after.ToWebhook());
    }
}
