using System.ComponentModel.DataAnnotations;
using Shop.BuildingBlocks.Concurrency;
using Shop.Wallet.Contracts;
using Shop.Wallet.TopUps.Providers;

namespace Shop.Wallet.TopUps;

// Not a command: it is two transactions, with the call to the provider between them.
/// <param name="Origin">Leaves its activity with the effect; null for none.</param>
internal sealed record ConfirmTopUp(
    Guid TopUpId, string ProviderPaymentId, Caller Caller, CallerKey Key, ICommandOrigin? Origin) : IRequest<Unit>;

internal sealed record ConfirmTopUpRequest(
    [property: MaxLength(ProviderAnswer.PaymentIdLength)] string ProviderPaymentId);

internal static class ConfirmTopUpEndpoint
{
    public static void MapConfirmTopUp(this IEndpointRouteBuilder topUps) => topUps
        .MapPost(
            "/{topUpId:guid}/confirm",
            async (
                Guid topUpId, ConfirmTopUpRequest body, Caller caller, CallerKey key, CommandScope scope,
                ProviderCalls calls, IMediator mediator, IdempotentSender commands, CancellationToken ct) =>
            {
                using (await calls.AcquireReadAsync(key, ct))
                {
                    if (await commands.FindAsync<TopUp>(ct) is { } stored)
                        return stored;
                }

                // Taken from the scope: reading the answer has no effect, and leaves no activity.
                (var origin, scope.Origin) = (scope.Origin, null);
                await mediator.Send(new ConfirmTopUp(topUpId, body.ProviderPaymentId, caller, key, origin), ct);
                // Stored under the key for its repeats. Late money can still turn FAILED into COMPLETED.
                return await commands.OkAsync(new ReadSettledTopUp(topUpId), ct);
            })
        .RequireRateLimiting(RateLimits.Charges)
        .IsEveryday()
        .WithOwnLimit()
        .WithName(nameof(ConfirmTopUp))
        .WithSummary("Has the provider take the money, and adds it to the wallet")
        .Fails(
            WalletErrors.TopUpNotFound,
            WalletErrors.TopUpInProgress,
            WalletErrors.TopUpExpired,
            WalletErrors.PaymentMismatch)
        .WithExample(new ConfirmTopUpRequest("tviva20261126103020abcd1"))
        .WithDescription(
            "COMPLETED or FAILED. The provider is asked; a payment that it does not have for this top-up and amount is "
            + "409, and one that it does not answer about 503: the top-up then stays PENDING and is settled later.");
}

internal sealed class ConfirmTopUpValidator : AbstractValidator<ConfirmTopUp>
{
    public ConfirmTopUpValidator() => RuleFor(request => request.ProviderPaymentId)
        .NotEmpty()
        .MaximumLength(ProviderAnswer.PaymentIdLength)
        .Must(id => id is null || ProviderAnswer.IsPaymentId(id))
        .WithMessage("Has visible ASCII characters alone.");
}

internal sealed class ConfirmTopUpHandler(Db db, ProviderCalls calls, TopUpSettling settling)
    : IRequestHandler<ConfirmTopUp, Unit>
{
    private const string SelectOwner =
        "select user_id from wallet.top_ups where top_up_id = @TopUpId and status in ('COMPLETED', 'FAILED')";

    public async Task<Unit> Handle(ConfirmTopUp request, CancellationToken cancellationToken)
    {
        // A repeat waits for no place among calls that hang.
        if (await IsSettledAsync(request, cancellationToken))
            return Unit.Value;
        var permit = await calls.AcquireAsync(request.Key, cancellationToken);
        // From here on the money may be taken: the caller's leaving or deadline ends its own wait alone.
        await ConfirmAsync(permit, request).WaitAsync(cancellationToken);
        return Unit.Value;
    }

    private async Task<bool> IsSettledAsync(ConfirmTopUp request, CancellationToken ct)
    {
        using var permit = await calls.AcquireReadAsync(request.Key, ct);
        return await db.QuerySingleOrDefaultAsync<long?>(SelectOwner, new { request.TopUpId }, ct) is { } userId
            && request.Caller.MayActFor(userId);
    }

    private async Task ConfirmAsync(IDisposable permit, ConfirmTopUp request)
    {
        using (permit)
        {
            var leased = await settling.LeaseAsync(request.TopUpId, request.Caller);
            if (leased is null)
                return;
            leased = leased with { Activity = ConfirmActivity.Of(request, leased.TopUp) };
            if (await AskAsync(leased, request.ProviderPaymentId) is { } error)
                throw new ErrorException(error);
        }
    }

    /// <returns>Why it is not settled; null where it is.</returns>
    private async Task<Error?> AskAsync(LeasedTopUp leased, string providerPaymentId)
    {
        var topUp = leased.TopUp;
        // An earlier confirm may have taken the money: that is found out first, and no second payment asked for.
        if (leased.IsExpired || leased.WasAsked)
        {
            var known = await calls.LookUpAsync(topUp);
            if (known is ProviderAnswer.Taken or ProviderAnswer.None or ProviderAnswer.UnderWay || leased.IsExpired)
                return await settling.SettleAsync(leased, known);
        }

        await settling.MarkAskedAsync(leased);
        return await settling.SettleAsync(
            leased with { HasAsked = true }, await calls.ConfirmAsync(topUp, providerPaymentId));
    }
}

/// <summary>The answer of a confirm, in a transaction that stores it under the request's key.</summary>
internal sealed record ReadSettledTopUp(Guid TopUpId) : ICommand<TopUp>;

internal sealed class ReadSettledTopUpHandler(Db db) : IRequestHandler<ReadSettledTopUp, TopUp>
{
    private const string SelectSettled =
        $"{TopUpRow.Select} where top_up_id = @TopUpId and status in ('COMPLETED', 'FAILED')";

    public async Task<TopUp> Handle(ReadSettledTopUp request, CancellationToken cancellationToken)
    {
        var row = await db.QuerySingleOrDefaultAsync<TopUpRow>(
            SelectSettled, new { request.TopUpId }, cancellationToken);
        return row?.ToTopUp(provider: null, row.ExpiresAt)
            ?? throw new ErrorException(WalletErrors.TopUpInProgress.Of());
    }
}
