using System.ComponentModel.DataAnnotations;
using Shop.BuildingBlocks.Deliveries;
using Shop.Webhooks.Deliveries;

namespace Shop.Webhooks.Subscriptions;

internal sealed record CreateWebhook(string Url, IReadOnlyList<string> Types, string Name) : ICommand<WebhookCreated>;

/// <param name="Secret">Shown this once.</param>
internal sealed record WebhookCreated(
    Guid WebhookId, string Url, IReadOnlyList<string> Types, string Name, WebhookStatus Status,
    DateTimeOffset CreatedAt, string Secret);

internal sealed record CreateWebhookRequest(
    [property: MaxLength(WebhookRules.UrlLength)] string Url,
    [property: MaxLength(WebhookRules.MaximumTypes)] IReadOnlyList<string> Types,
    [property: MaxLength(TextLength.Name)] string Name);

internal static class CreateWebhookEndpoint
{
    public static void MapCreateWebhook(this IEndpointRouteBuilder webhooks) => webhooks
        .MapPost("", async (
            CreateWebhookRequest body, InnerNetworks networks, IdempotentSender commands, CancellationToken ct) =>
        {
            await networks.ExpectOuterAsync(body.Url, ct);
            return await commands.CreatedOnceAsync(
                new CreateWebhook(body.Url, body.Types, body.Name),
                ct,
                made => $"/api/v1/admin/webhooks/{made.WebhookId}");
        })
        .WithName(nameof(CreateWebhook))
        .WithSummary("Subscribes an address to events; its secret is shown this once")
        .Fails(WebhookErrors.TooMany, WebhookErrors.InnerAddress, IdempotencyErrors.AnswerNotKept)
        .WithExample(new CreateWebhookRequest(
            "https://erp.example.com/hooks/shop", [WebhookRules.EveryOrderType], "ERP"))
        .WithDescription(
            $"Types: {string.Join(", ", WebhookRules.Types.Select(type => $"`{type}`"))}. Deliveries are signed by the "
            + "Standard Webhooks convention. Addresses in inner networks are refused, at each connection too.");
}

internal sealed class CreateWebhookValidator : AbstractValidator<CreateWebhook>
{
    public CreateWebhookValidator()
    {
        RuleFor(command => command.Url).IsWebhookUrl();
        RuleFor(command => command.Types).AreWebhookTypes();
        RuleFor(command => command.Name).IsName(TextLength.Name);
    }
}

internal sealed class CreateWebhookHandler(Db db) : IRequestHandler<CreateWebhook, WebhookCreated>
{
    // Two at once must count each other.
    private const string Lock = "select pg_advisory_xact_lock(hashtextextended('webhooks', 0))";

    private const string Insert = $"""
        insert into webhooks.webhooks (webhook_id, url, types, name, secret, created_at)
        select @webhookId, @Url, @types, @Name, @secret, (select shop.now())
        where (
            select count(*)
            from (select from webhooks.webhooks where status <> 'DELETED' limit @maximum) as others) < @maximum
        returning {WebhookRow.Columns}
        """;

    public async Task<WebhookCreated> Handle(CreateWebhook request, CancellationToken cancellationToken)
    {
        db.QueueLock(LockOrder.Queue, Lock, _ => { });
        await db.FlushAsync(cancellationToken);
        var (webhookId, secret) = (Guid.CreateVersion7(), Signature.NewSecret());
        var row = await db.QuerySingleOrDefaultAsync<WebhookRow>(
            Insert,
            new
            {
                webhookId,
                request.Url,
                types = request.Types.Distinct().ToArray(),
                request.Name,
                secret,
                maximum = WebhookRules.Maximum,
            },
            cancellationToken) ?? throw new ErrorException(WebhookErrors.TooMany.Of(WebhookRules.Maximum));
        var made = row.ToWebhook();
        return new WebhookCreated(
            made.WebhookId, made.Url, made.Types, made.Name, made.Status, made.CreatedAt, secret);
    }
}
