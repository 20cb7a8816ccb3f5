using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Concurrency;
using Shop.BuildingBlocks.Deliveries;
using Shop.Webhooks.Deliveries;

namespace Shop.Webhooks.Subscriptions;

/// <summary>Notes that a webhook is tested. The call comes after it, outside any transaction.</summary>
internal sealed record TestWebhook(Guid WebhookId) : ICommand<WebhookTarget>;

/// <summary>Keeps what a test said for the repeats of its Idempotency-Key.</summary>
internal sealed record KeepWebhookTest(WebhookTest Test) : ICommand<WebhookTest>;

/// <param name="Status">The receiver's, or null where nobody answered.</param>
/// <param name="Error">Null where the receiver took it.</param>
internal sealed record WebhookTest(int? Status, string? Error, long DurationMs);

internal static class TestWebhookEndpoint
{
    public static void MapTestWebhook(this IEndpointRouteBuilder webhook) => webhook
        .MapPost("/test", async (
            Guid webhookId, CallerKey key, CommandScope scope, WebhookTests tests, IMediator mediator,
            IdempotentSender commands, CancellationToken ct) =>
        {
            using var permit = await tests.AcquireAsync(key, ct);
            if (await commands.FindAsync<WebhookTest>(ct) is { } stored)
                return stored;
            var target = await mediator.Send(new TestWebhook(webhookId), ct);
            var test = await tests.RunAsync(target, ct);
            // Keeping the answer leaves no second activity.
            scope.Origin = null;
            return await commands.OkAsync(new KeepWebhookTest(test), ct);
        })
        .WithOwnLimit()
        .WithName(nameof(TestWebhook))
        .WithSummary("Posts a `webhook.test` to the receiver now, and says what it answered")
        .Fails(WebhookErrors.NotFound, CommandErrors.Unavailable);
}

internal sealed class TestWebhookHandler(Db db) : IRequestHandler<TestWebhook, WebhookTarget>
{
    private const string NoteTest = $"""
        update webhooks.webhooks set last_tested_at = (select shop.now())
        where webhook_id = @WebhookId and status <> 'DELETED'
        returning {WebhookTarget.Columns}
        """;

    public async Task<WebhookTarget> Handle(TestWebhook request, CancellationToken cancellationToken) =>
        await db.QuerySingleOrDefaultAsync<WebhookTarget>(NoteTest, new { request.WebhookId }, cancellationToken)
        ?? throw new ErrorException(WebhookErrors.NotFound.Of(request.WebhookId));
}

internal sealed class KeepWebhookTestHandler : IRequestHandler<KeepWebhookTest, WebhookTest>
{
    public Task<WebhookTest> Handle(KeepWebhookTest request, CancellationToken cancellationToken) =>
        Task.FromResult(request.Test);
}

/// <summary>Calls of receivers that an operator waits for: few at a time, shared fairly among callers.</summary>
internal sealed class WebhookTests(
    WebhookClient client, IOptions<DeliveryOptions> options, TimeProvider time, ILogger<WebhookTests> log)
{
    private const int AtOnce = 4;
    private const int Waiting = 16;

    private readonly FairConcurrencyLimiter<CallerKey> calls = new(AtOnce, Waiting);

    /// <exception cref="ErrorException">503 <c>unavailable</c>: too many wait.</exception>
    public async Task<IDisposable> AcquireAsync(CallerKey caller, CancellationToken ct) =>
        (await calls.AcquireAsync(caller, ct)).Permit ?? throw new ErrorException(CommandErrors.Busy());

    public async Task<WebhookTest> RunAsync(WebhookTarget target, CancellationToken ct)
    {
        var eventId = Guid.CreateVersion7();
        var envelope = ShopJson.Write(new TestEnvelope("webhook.test", eventId, target.ReadAt));
        var delivery = new Delivery(0, eventId, "", envelope, 0, 0, Guid.Empty, target.ReadAt);
        var settings = new HttpReceiverSettings("A webhook", options.Value.Timeout, Concurrency: 1);
        var receiver = new HttpReceiver(client.Http, target.ToPostTarget, settings, time, log);
        var started = time.GetTimestamp();
        var attempt = (await receiver.SendAsync([delivery], ct))[0];
        return new WebhookTest(attempt.Status, attempt.Error, (long)time.GetElapsedTime(started).TotalMilliseconds);
    }

    private sealed record TestEnvelope(string Type, Guid EventId, DateTimeOffset OccurredAt);
}
