using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using FluentValidation;
using MediatR;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Concurrency;
using Shop.BuildingBlocks.Http;
using Shop.Catalog.Contracts;
using Shop.Coupons.Contracts;
using Shop.Host.Outbox;
using Shop.Messages;
using Shop.Wallet.Contracts;

namespace Shop.Host.Overview;

/// <param name="Days">The last calendar days of the shop, today included.</param>
internal sealed record GetOverview(int Days) : IQuery<OverviewView>;

/// <param name="Before">Of as many days before.</param>
/// <param name="LowStock">At or under its threshold, the lowest first.</param>
internal sealed record OverviewView(
    IReadOnlyList<DayView> Days,
    TotalsView Before,
    [property: MaxLength(GetOverviewHandler.LowStockLength)] IReadOnlyList<LowStock> LowStock,
    AttentionView Attention);

/// <param name="Day">In the shop's time zone.</param>
/// <param name="Orders">Placed on that day, cancelled and expired ones too.</param>
/// <param name="Revenue">KRW paid for orders on that day.</param>
/// <param name="Refunds">KRW refunded on that day, of whichever day's orders.</param>
internal sealed record DayView(DateOnly Day, long Orders, long Revenue, long Refunds, long NewCustomers);

/// <inheritdoc cref="DayView"/>
internal sealed record TotalsView(long Orders, long Revenue, long Refunds, long NewCustomers);

/// <param name="DeadLetters">Events that were given up until a person retries or discards them.</param>
/// <param name="DeliveriesDead">The same of deliveries to the outside.</param>
/// <param name="FailedTopUps">Within the days.</param>
/// <param name="LongestLine">Customers in the longest line for a coupon.</param>
internal sealed record AttentionView(long DeadLetters, long DeliveriesDead, long FailedTopUps, long LongestLine);

internal static class GetOverviewEndpoint
{
    private const int DefaultDays = 7;

    public static void MapGetOverview(this IEndpointRouteBuilder admin) => admin
        .MapGet("/overview", async (
            [Description("The last calendar days in the shop's time zone, today included; 7 without it."),
                Range(1, GetOverviewValidator.MaximumDays)] int? days,
            CallerKey caller, OverviewPermits permits, IMediator mediator, CancellationToken ct) =>
        {
            using var permit = await permits.AcquireAsync(caller, ct);
            return TypedResults.Ok(await mediator.Send(new GetOverview(days ?? DefaultDays), ct));
        })
        .Needs(Permissions.OrdersRead)
        .WithTags("Operations")
        .WithOwnLimit()
        .WithName(nameof(GetOverview))
        .WithSummary("Orders, revenue, refunds and new customers of the last days, and what needs attention")
        .WithDescription(
            "Each day is there, the oldest first. An order counts on the day that it was placed, revenue on the day of "
            + "the payment, refunds on the day of the refund, a customer on the day that the account was made.");
}

internal sealed class GetOverviewValidator : AbstractValidator<GetOverview>
{
    public const int MaximumDays = 90;

    public GetOverviewValidator() => RuleFor(query => query.Days).InclusiveBetween(1, MaximumDays);
}

/// <summary>One overview of a host is read at a time, in a queue that is fair between callers.</summary>
internal sealed class OverviewPermits
{
    private readonly FairConcurrencyLimiter<CallerKey> limiter = new(permitLimit: 1, queueLimit: 32);

    /// <exception cref="ErrorException">503 <c>unavailable</c>: too many wait.</exception>
    public async Task<IDisposable> AcquireAsync(CallerKey caller, CancellationToken ct)
    {
        var (_, permit) = await limiter.AcquireAsync(caller, ct);
        return permit ?? throw new ErrorException(
            CommandErrors.Unavailable.Of("Too many overviews are read. Try again shortly."));
    }
}

internal sealed class GetOverviewHandler(ShopDays days, IMediator mediator) : IRequestHandler<GetOverview, OverviewView>
{
    public const int LowStockLength = 20;

    public async Task<OverviewView> Handle(GetOverview request, CancellationToken cancellationToken)
    {
        var all = await days.ReadAsync(2 * request.Days, cancellationToken);
        var (before, asked) = (all.Take(request.Days).ToList(), all.Skip(request.Days).ToList());
        return new OverviewView(
            [
                .. asked.Select(day => new DayView(
                    day.Day, day.Totals.Orders, day.Totals.Revenue, day.Totals.Refunds, day.Totals.NewCustomers)),
            ],
            new TotalsView(
                before.Sum(day => day.Totals.Orders),
                before.Sum(day => day.Totals.Revenue),
                before.Sum(day => day.Totals.Refunds),
                before.Sum(day => day.Totals.NewCustomers)),
            await mediator.Send(new ListLowStock(), cancellationToken),
            await AttentionAsync(asked[0].Window.From, cancellationToken));
    }

    private async Task<AttentionView> AttentionAsync(DateTimeOffset since, CancellationToken ct)
    {
        var outbox = await mediator.Send(new GetOutbox(), ct);
        return new AttentionView(
            outbox.Modules.Sum(module => module.Dead),
            outbox.Deliveries.Dead,
            await mediator.Send(new CountFailedTopUps(since), ct),
            await mediator.Send(new GetLongestQueueLength(), ct));
    }
}
