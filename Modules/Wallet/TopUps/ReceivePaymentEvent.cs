using System.Text.Json;
using Shop.Wallet.TopUps.Providers;

namespace Shop.Wallet.TopUps;

/// <summary>Has the worker ask about the top-up; tells whether there is something to ask.</summary>
internal sealed record ReceivePaymentEvent(string Provider, Guid? TopUpId) : ICommand<bool>;

internal sealed record PaymentEventReceived(bool Received);

internal static class ReceivePaymentEventEndpoint
{
    public static void MapReceivePaymentEvent(this IEndpointRouteBuilder api) => api
        .MapPost(
            "/payment-events/{provider}",
            async (
                string provider, HttpRequest request, PaymentEventSignal signal, IMediator mediator,
                CancellationToken ct) =>
            {
                if (await mediator.Send(new ReceivePaymentEvent(provider, await OrderOfAsync(request, ct)), ct))
                    signal.Set();
                return TypedResults.Ok(new PaymentEventReceived(true));
            })
        .AllowAnonymous()
        .RequireRateLimiting(RateLimits.PaymentEvents)
        .WithTags("Wallet")
        .WithName(nameof(ReceivePaymentEvent))
        .WithSummary("A payment provider's webhook")
        .Fails(HttpErrors.NotFound)
        .WithDescription(
            "Nothing of it is believed: of a top-up that it names the provider is asked. 200 whatever it says.");

    // Both forms of Toss: the payment in `data`, and a deposit's own members.
    private static async Task<Guid?> OrderOfAsync(HttpRequest request, CancellationToken ct)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: ct);
            return IdIn(body.RootElement)
                ?? (body.RootElement.ValueKind == JsonValueKind.Object
                    && body.RootElement.TryGetProperty("data", out var data) ? IdIn(data) : null);
        }
        // A lone surrogate, or bytes that are no UTF-8, are found when a text is read.
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static Guid? IdIn(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty("orderId", out var id)
        && id.ValueKind == JsonValueKind.String
        && Guid.TryParse(id.GetString(), out var topUpId)
            ? topUpId
            : null;
}

internal sealed class ReceivePaymentEventHandler(Db db, ProviderCalls calls)
    : IRequestHandler<ReceivePaymentEvent, bool>
{
    // At most once a second, however many events come. A FAILED one that is still looked up has a confirm whose answer
    // was lost.
    private const string LookUpNow = """
        update wallet.top_ups
        set next_lookup_at = greatest((select shop.now()), looked_up_at + interval '1 second')
        where top_up_id = @TopUpId and provider = @name
            and (status in ('PENDING', 'EXPIRED') or (status = 'FAILED' and next_lookup_at is not null))
        """;

    public async Task<bool> Handle(ReceivePaymentEvent request, CancellationToken cancellationToken)
    {
        if (calls.Provider is not { } provider
            || !provider.Name.Equals(request.Provider, StringComparison.OrdinalIgnoreCase))
            throw new ErrorException(HttpErrors.NotFound.Of());
        return request.TopUpId is not null
            && await db.ExecuteAsync(LookUpNow, new { request.TopUpId, name = provider.Name }, cancellationToken) > 0;
    }
}

/// <summary>Wakes this host's worker after an event; other hosts find the row when they poll.</summary>
internal sealed class PaymentEventSignal
{
    private volatile TaskCompletionSource signal = New();

    public void Set() => signal.TrySetResult();

    public async Task WaitAsync(TimeSpan poll, TimeProvider time, CancellationToken ct)
    {
        await Task.WhenAny(signal.Task, Task.Delay(poll, time, ct));
        if (signal.Task.IsCompleted)
            signal = New();
        ct.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
