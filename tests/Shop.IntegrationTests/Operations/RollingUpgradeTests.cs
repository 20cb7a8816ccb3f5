using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;
using Shop.EmbeddedPostgres;
using Shop.IntegrationTests.Outbox;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

/// <summary>
/// Two hosts are replaced one by one while customers buy through a proxy that goes by their readiness, and the schema
/// changes in between.
/// </summary>
public sealed class RollingUpgradeTests : ShopTest
{
    private const int Customers = 3;
    private const int OrdersInEachState = 30;

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(40) };

    // As a later release adds them: to tables that each checkout writes.
    private const string Columns = """
        set lock_timeout = '1s';
        alter table ordering.orders add column next_release text;
        alter table ordering.deliveries add column next_release text
        """;

    private const string Index = "create index concurrently next_release on ordering.orders (next_release)";

    private readonly string folder = Path.Combine(Path.GetTempPath(), $"shop-upgrade-{Guid.NewGuid():N}");
    private readonly ConcurrentDictionary<Uri, bool> ready = new();
    private readonly ConcurrentBag<string> faults = [];
    private readonly ConcurrentBag<Guid> acknowledged = [];

    [Fact]
    public async Task A_rolling_upgrade_refuses_nothing_but_503_and_loses_no_event()
    {
        var product = await CreateProductAsync(price: 10, stock: 1_000_000);
        var customers = new List<Testing.Customer>();
        for (var i = 0; i < Customers; i++)
            customers.Add(await SignUpAsync(balance: 10_000_000));
        using var end = new CancellationTokenSource();
        var probing = ProbeAsync(end.Token);
        await using var first = await StartHostAsync();
        await using var second = await StartHostAsync();

        var buying = customers.ConvertAll(customer => BuyAsync(customer, product, end.Token));
        await UntilMoreOrdersAsync();
        // A module more, by the migrator with its lock, as the verb of the new build; and columns of modules that run.
        await using (var next = await ProbeHost.StartAsync(Shop.ConnectionString))
            await MigrateAsync(Columns);
        await MigrateAsync(Index);
        await UntilMoreOrdersAsync();

        await using var newFirst = await ReplaceAsync(first);
        await UntilMoreOrdersAsync();
        await using var newSecond = await ReplaceAsync(second);
        await UntilMoreOrdersAsync();
        await end.CancelAsync();
        await Task.WhenAll([.. buying, probing]);

        Assert.Empty(faults);
        Assert.Equal(acknowledged.Count, await Shop.QueryAsync<long>("select count(*) from ordering.orders"));
        await UntilDeliveredAsync();
        Assert.Equal(acknowledged.Order(), PaidOrders().Distinct().Order());
        (await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK);
        Assert.True((await Admin.GetAsync("/admin/audit"))["consistent"].GetBoolean());
    }

    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync();

    private protected override async Task StopAsync()
    {
        await base.StopAsync();
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private async Task<RunningHost> StartHostAsync()
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Pick()}");
        var program = ShopProgram.Start([$"--urls={address}"], new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ConnectionStrings__Shop"] = $"{Shop.ConnectionString};Maximum Pool Size=16",
            ["DataPlatform__Directory"] = Path.Combine(folder, address.Port.ToString(default(IFormatProvider))),
            ["Health__DrainDelay"] = "00:00:05",
        });
        await program.UntilReadyAsync(address.ToString().TrimEnd('/'));
        ready[address] = true;
        return new RunningHost(address, program);
    }

    /// <summary>While it drains it is not ready, and serves.</summary>
    private async Task<RunningHost> ReplaceAsync(RunningHost old)
    {
        var stopping = old.Program.StopAsync();
        var drained = 0;
        while (!stopping.IsCompleted && drained == 0)
        {
            if (await StatusOfAsync(old.Address, "/health/ready") != HttpStatusCode.ServiceUnavailable)
                continue;
            Assert.Equal(HttpStatusCode.OK, await StatusOfAsync(old.Address, "/api/v1/products"));
            drained++;
        }

        Assert.Equal(0, (await stopping).ExitCode);
        Assert.Equal(1, drained);
        ready.TryRemove(old.Address, out _);
        return await StartHostAsync();
    }

    private static async Task<HttpStatusCode> StatusOfAsync(Uri host, string path)
    {
        using var answer = await Http.GetAsync(new Uri(host, path));
        return answer.StatusCode;
    }

    // The health checks of a proxy.
    private async Task ProbeAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!ct.IsCancellationRequested)
        {
            foreach (var host in ready.Keys)
            {
                try
                {
                    ready[host] = await StatusOfAsync(host, "/health/ready") == HttpStatusCode.OK;
                }
                catch (HttpRequestException)
                {
                    ready[host] = false;
                }
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task BuyAsync(Testing.Customer customer, long product, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var key = Guid.NewGuid().ToString();
            while (await TryBuyAsync(customer, product, key) is not { } order)
            {
                if (!faults.IsEmpty)
                    return;
            }
        }
    }

    /// <returns>Null where it is to be tried again with the same key.</returns>
    private async Task<Guid?> TryBuyAsync(Testing.Customer customer, long product, string key)
    {
        var serving = ready.Where(host => host.Value).Select(host => host.Key).ToList();
        if (serving.Count == 0)
            return null;
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(serving[Random.Shared.Next(serving.Count)], "/api/v1/checkout"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", customer.Client.AccessToken);
        request.Headers.Add("Idempotency-Key", key);
        request.Content = JsonContent.Create(
            new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 1 } } });
        try
        {
            using var answer = await Http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter is not null)
                return null;
            if (answer.StatusCode != HttpStatusCode.Created)
                throw new HttpRequestException($"{(int)answer.StatusCode}: {text}");
            using var body = JsonDocument.Parse(text);
            var order = body.RootElement.GetProperty("order").GetProperty("orderId").GetGuid();
            acknowledged.Add(order);
            return order;
        }
        catch (HttpRequestException error)
        {
            faults.Add($"{request.RequestUri}: {error.Message} {error.InnerException?.Message}");
            return null;
        }
    }

    private async Task UntilMoreOrdersAsync()
    {
        var (waited, wanted) = (Stopwatch.StartNew(), acknowledged.Count + OrdersInEachState);
        while (acknowledged.Count < wanted && faults.IsEmpty)
        {
            Assert.InRange(waited.Elapsed, TimeSpan.Zero, Timeout);
            await Task.Delay(10);
        }
    }

    // A table's lock is waited for a second at a time, as the migrator does.
    private async Task MigrateAsync(string script)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await Shop.ExecuteAsync(script);
                return;
            }
            catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                Assert.InRange(waited.Elapsed, TimeSpan.Zero, Timeout);
            }
        }
    }

    private async Task UntilDeliveredAsync()
    {
        var waited = Stopwatch.StartNew();
        while (await Shop.QueryAsync<long>(
            "select (select count(*) from ordering.outbox) + (select count(*) from ordering.deliveries)") > 0)
            Assert.InRange(waited.Elapsed, TimeSpan.Zero, Timeout);
    }

    private IEnumerable<Guid> PaidOrders() =>
        from file in Directory.EnumerateFiles(folder, "*.ndjson", SearchOption.AllDirectories)
        from line in File.ReadLines(file)
        let happened = JsonDocument.Parse(line).RootElement
        where happened.GetProperty("type").GetString() == "order.paid"
        select happened.GetProperty("order").GetProperty("orderId").GetGuid();

    private sealed record RunningHost(Uri Address, ShopProgram Program) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Program.DisposeAsync();
    }
}
