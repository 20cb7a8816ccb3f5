using System.ComponentModel.DataAnnotations;
using Shop.Wallet.TopUps.Providers;

namespace Shop.Wallet.TopUps;

/// <summary>The page of the Fake provider: authenticates a payment, which takes no money.</summary>
internal sealed record PayAtFake(string OrderId, long Amount, bool Approve) : IRequest<FakePayment>;

internal sealed record FakePayment(string ProviderPaymentId);

internal sealed record PayAtFakeRequest([property: MaxLength(64)] string OrderId, long Amount, bool Approve);

internal static class PayAtFakeEndpoint
{
    /// <summary>Where the Fake provider is configured, which it can be in Development alone.</summary>
    public static void MapPayAtFake(this IEndpointRouteBuilder api) => api
        .MapPost("/fake-payments", async (PayAtFakeRequest body, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new PayAtFake(body.OrderId, body.Amount, body.Approve), ct)))
        .AllowAnonymous()
        .RequireRateLimiting(RateLimits.PaymentEvents)
        .WithTags("Wallet")
        .WithName(nameof(PayAtFake))
        .WithSummary("The Fake provider's buttons Pay and Decline")
        .WithExample(new PayAtFakeRequest("01939c6e-0000-7000-8000-000000000000", 50_000, Approve: true))
        .WithDescription(
            "In Development alone. The order is the top-up's id. Neither button takes money: the confirm takes it, or "
            + "is declined.");
}

internal sealed class PayAtFakeValidator : AbstractValidator<PayAtFake>
{
    public PayAtFakeValidator()
    {
        RuleFor(command => command.OrderId).NotEmpty().MaximumLength(64);
        RuleFor(command => command.Amount).GreaterThan(0);
    }
}

internal sealed class PayAtFakeHandler(FakeProvider fake) : IRequestHandler<PayAtFake, FakePayment>
{
    public async Task<FakePayment> Handle(PayAtFake request, CancellationToken cancellationToken) =>
        new(await fake.AuthenticateAsync(request.OrderId, request.Amount, request.Approve, cancellationToken));
}
