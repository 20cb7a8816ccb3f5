using System.Collections.Concurrent;
using System.Globalization;
using MediatR;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.Identity.Contracts;
using Shop.Messages;
using Shop.Ordering.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Host.Overview;

/// <param name="Window">From the day's beginning to the next one's.</param>
internal sealed record ShopDay(DateOnly Day, TimeWindow Window, TotalsView Totals);

/// <summary>The totals of days that are over, which change no more: a host reads each of them once.</summary>
internal sealed class PastDays
{
    // Above two windows of 90 days.
    private const int Maximum = 400;

    private readonly ConcurrentDictionary<DateOnly, TotalsView> totals = new();

    public TotalsView? Find(DateOnly day) => totals.GetValueOrDefault(day);

    public void Keep(DateOnly day, TotalsView of)
    {
        if (totals.Count >= Maximum)
            totals.Clear();
        totals[day] = of;
    }
}

/// <summary>Reads the shop's last days, as its time zone has them.</summary>
internal sealed class ShopDays(Db db, IMediator mediator, PastDays past, IOptions<ShopOptions> shop)
{
    // A statement then reads a part of the time limit's work.
    private const int DaysOfStatement = 15;

    // Longer than any transaction that began on a day goes on behind its end.
    private static readonly TimeSpan Settled = TimeSpan.FromHours(1);

    private const string SelectDays = """
        select to_char(day, 'YYYY-MM-DD') as name, day at time zone @zone as begins,
            (day + interval '1 day') at time zone @zone as ends, now.now
        from (select shop.now() as now) now
        cross join lateral generate_series(
            date_trunc('day', now.now at time zone @zone) - make_interval(days => @count - 1),
            date_trunc('day', now.now at time zone @zone),
            interval '1 day') as day
        order by day
        """;

    private sealed record Row(string Name, DateTimeOffset Begins, DateTimeOffset Ends, DateTimeOffset Now)
    {
        public DateOnly Day => DateOnly.ParseExact(Name, "yyyy-MM-dd", CultureInfo.InvariantCulture);

        public TimeWindow Window => new(Begins, Ends);
    }

    /// <returns>So many days, the last of which is today.</returns>
    public async Task<IReadOnlyList<ShopDay>> ReadAsync(int count, CancellationToken ct)
    {
        var days = await db.QueryAsync<Row>(SelectDays, new { count, zone = shop.Value.TimeZone }, ct);
        var totals = new Dictionary<DateOnly, TotalsView>();
        foreach (var day in days)
        {
            if (past.Find(day.Day) is { } known)
                totals.Add(day.Day, known);
        }

        foreach (var some in days.Where(day => !totals.ContainsKey(day.Day)).Chunk(DaysOfStatement))
        {
            foreach (var (day, read) in some.Zip(await SumAsync([.. some.Select(day => day.Window)], ct)))
            {
                totals.Add(day.Day, read);
                if (day.Ends + Settled <= day.Now)
                    past.Keep(day.Day, read);
            }
        }

        return [.. days.Select(day => new ShopDay(day.Day, day.Window, totals[day.Day]))];
    }

    private async Task<IEnumerable<TotalsView>> SumAsync(IReadOnlyList<TimeWindow> windows, CancellationToken ct)
    {
        var orders = await mediator.Send(new CountOrders(windows), ct);
        var sales = await mediator.Send(new SumSales(windows), ct);
        var customers = await mediator.Send(new CountNewCustomers(windows), ct);
        return windows.Select((_, i) => new TotalsView(orders[i], sales[i].Paid, sales[i].Refunded, customers[i]));
    }
}
