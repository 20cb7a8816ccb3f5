using System.Diagnostics;
using System.Text.Json;
using Shop.AttackTests.Testing;
using Shop.HostProcesses;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests.Faults;

/// <summary>
/// A fault, and the rate at which the shop serves those whom it does not concern: measured without it and with it, in
/// turns on the same hosts.
/// </summary>
[Collection(OneShop.Name)]
public abstract class FaultTest(AttackedShop shop, ITestOutputHelper output) : IAsyncLifetime
{
    private protected const double MinimumRatio = 0.5;

    private const int Rounds = 3;
    private const int Products = 1_000;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly List<IAsyncDisposable> hosts = [];
    private readonly List<HttpClient> clients = [];
    private int networks;

    protected AttackedShop Shop => shop;

    private protected HostProcess Host { get; private set; } = null!;

    /// <summary>Settings that differ from those of Production.</summary>
    private protected virtual Dictionary<string, string> Settings => [];

    private Dictionary<string, string> AllSettings => new(Settings)
    {
        ["RateLimiting:Enabled"] = "false",
        ["Identity:Tokens:AccessLifetime"] = "23:00:00",
        ["Ordering:MaximumOpenOrders"] = "10000",
    };

    public async Task InitializeAsync() => Host = await StartHostAsync();

    public async Task DisposeAsync()
    {
        clients.ForEach(client => client.Dispose());
        foreach (var host in hosts)
            await host.DisposeAsync();
    }

    /// <summary>Another host of the same shop.</summary>
    /// <param name="more">Settings of this one.</param>
    private protected async Task<HostProcess> StartHostAsync(
        FakedClock? clock = null, IReadOnlyDictionary<string, string>? more = null)
    {
        var settings = AllSettings;
        foreach (var (name, value) in more ?? new Dictionary<string, string>())
            settings[name] = value;
        var host = await shop.StartAsync(settings, clock: clock);
        hosts.Add(host);
        return host;
    }

    /// <summary>A host that is not started yet.</summary>
    private protected HostProcess NewHost(FakedClock clock)
    {
        var host = shop.Host(AllSettings, clock: clock);
        hosts.Add(host);
        return host;
    }

    /// <summary>A client of the host in a network of its own.</summary>
    private protected HttpClient Client(HostProcess host)
    {
        var client = Network.Client(host.Address, Network.Number(1_000 + networks++));
        clients.Add(client);
        return client;
    }

    /// <summary>One of a thousand products; no test holds them.</summary>
    private protected long AnyProduct() => shop.FirstProduct + 10_000 + Random.Shared.Next(Products);

    /// <summary>A body of an order or checkout.</summary>
    private protected static string Order(Customer customer, params IEnumerable<long> products)
    {
        var items = products.Select(product => $$"""{"productId":{{product}},"quantity":1}""");
        return $$"""{"userId":{{customer.UserId}},"items":[{{string.Join(',', items)}}]}""";
    }

    /// <summary>Customers who check out one product each time.</summary>
    private protected Crowd CheckingOut(HostProcess host, IReadOnlyList<Customer> customers, Func<long> product)
    {
        var client = Client(host);
        return new Crowd(customers.Count, number => client.SendAsync(
            HttpMethod.Post, "/checkout", Order(customers[number], product()), customers[number]));
    }

    /// <summary>
    /// Measures three times without and with the fault. Fails the test where the median of the ratios is under one
    /// half.
    /// </summary>
    /// <param name="progress">A count that rises with what is done for the others.</param>
    /// <param name="begin">Begins the fault, which ends when the returned thing is disposed of.</param>
    /// <param name="settled">Waits until nothing is left of a fault, which would count as progress of the next.</param>
    private protected Task AssertGoesOnAsync(
        Func<Task<long>> progress,
        Func<Task<IAsyncDisposable>> begin,
        double seconds,
        int rounds = Rounds,
        Func<Task>? settled = null) =>
        AssertRatioAsync(
            () => RateAsync(progress, 2.5),
            async () =>
            {
                double rate;
                await using (await begin())
                    rate = await RateAsync(progress, seconds);
                if (settled is not null)
                    await settled();
                return rate;
            },
            rounds);

    private protected Task AssertGoesOnAsync(
        Crowd others, Func<Task<IAsyncDisposable>> begin, double seconds = 3, int rounds = Rounds) =>
        AssertGoesOnAsync(() => Task.FromResult(others.Successes), begin, seconds, rounds);

    /// <param name="undisturbed">A rate.</param>
    /// <param name="disturbed">A rate of the same unit.</param>
    private protected async Task AssertRatioAsync(
        Func<Task<double>> undisturbed, Func<Task<double>> disturbed, int rounds = Rounds)
    {
        await Task.Delay(WarmUp);
        var ratios = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var (before, beside) = (await undisturbed(), await disturbed());
            ratios.Add(beside / before);
            output.WriteLine($"{before:F0}/s undisturbed, {beside:F0}/s disturbed: {beside / before:F2}");
        }

        var median = ratios.Order().ElementAt(ratios.Count / 2);
        Assert.True(median >= MinimumRatio, $"The others' rate fell to {median:F2} of the undisturbed one.");
    }

    /// <returns>How much the count rises in a second.</returns>
    private protected static async Task<double> RateAsync(Func<Task<long>> progress, double seconds)
    {
        var since = Stopwatch.StartNew();
        var before = await progress();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        return (await progress() - before) / since.Elapsed.TotalSeconds;
    }

    private protected static async Task UntilAsync(Func<Task<bool>> condition, string what, double seconds = 15)
    {
        var since = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(since.Elapsed.TotalSeconds < seconds, $"After {seconds} s it is not so: {what}.");
            await Task.Delay(PollInterval);
        }
    }

    /// <summary>Fails the test where the books do not add up.</summary>
    private protected async Task AssertConsistentAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/admin/audit");
        request.Headers.Authorization = await AttackedShop.AdminAsync(Host);
        using var response = await Client(Host).SendAsync(request);
        response.EnsureSuccessStatusCode();
        var audit = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        var violated = audit.GetProperty("checks").EnumerateArray()
            .Where(check => check.GetProperty("violations").GetInt64() > 0);
        Assert.True(audit.GetProperty("consistent").GetBoolean(), string.Join('\n', violated));
    }

    /// <summary>Waits until no retry is pending, and no more events than come in a moment.</summary>
    private protected Task UntilKeptUpAsync() => UntilAsync(
        async () => await shop.QueryAsync<bool>("""
            select (select count(*) from ordering.outbox) < 1000
                and not exists (select from ordering.outbox_failures where status <> 'DISCARDED')
            """),
        "events are handled as they come",
        seconds: 20);

    /// <summary>Waits until no event and no retry is pending.</summary>
    private protected Task UntilDeliveredAsync() => UntilAsync(
        async () => await shop.QueryAsync<long>("""
            select (select count(*) from ordering.outbox)
                + (select count(*) from ordering.outbox_failures where status <> 'DISCARDED')
            """) == 0,
        "all events are delivered",
        seconds: 20);

    private protected void Tell(object what) => output.WriteLine($"{what}");
}
