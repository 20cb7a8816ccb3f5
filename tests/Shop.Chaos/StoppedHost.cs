using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Shop.HostProcesses;

namespace Shop.Chaos;

/// <summary>
/// Stops one host (SIGSTOP) in the middle of its transactions, and measures what the others sell before and meanwhile.
/// Customers of its own check out on every host at a steady pace, so that no client waits for the stopped one.
/// </summary>
internal sealed class StoppedHost(Environment environment, History history)
{
    private const int CustomersOfHost = 4;
    private const int Products = 20;
    private const int Stock = 1_000_000;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(2);

    private readonly List<long> products = [];
    private readonly List<long> customers = [];

    public async Task RunAsync(HostProcess stopped, Random random, CancellationToken ct)
    {
        await StockAsync(ct);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var others = new Sales();
        var selling = Task.WhenAll(environment.Hosts.SelectMany(
            (host, number) => customers.Skip(number * CustomersOfHost).Take(CustomersOfHost).Select(
                customer => SellAsync(host, customer, host == stopped ? new Sales() : others, over.Token))));
        await Pause.QuietlyAsync(WarmUp, ct);
        var before = await others.RateAsync(Before, ct);
        double meanwhile;
        stopped.Pause();
        try
        {
            meanwhile = await others.RateAsync(TimeSpan.FromMilliseconds(random.Next(4_000, 8_000)), ct);
        }
        finally
        {
            stopped.Resume();
        }

        await over.CancelAsync();
        await selling;
        if (!ct.IsCancellationRequested)
            Checker.CheckRate(history, stopped.Name, before, meanwhile);
    }

    private async Task StockAsync(CancellationToken ct)
    {
        var client = new Client(
            environment.Http, environment.Addresses, history, new Random(), Task.CompletedTask, ct);
        while (products.Count < Products)
        {
            var product = new { name = "Sold while a host is stopped", price = 1, stock = Stock };
            products.Add((await MakeAsync("/admin/products", product))["productId"].GetInt64());
        }

        while (customers.Count < environment.Hosts.Count * CustomersOfHost)
        {
            var email = $"{Guid.NewGuid():N}@example.com";
            var user = (await MakeAsync("/admin/users", new { email, name = "Customer" }))["userId"].GetInt64();
            await MakeAsync($"/users/{user}/balance/charges", new { amount = Stock });
            customers.Add(user);
        }

        async Task<Answer> MakeAsync(string path, object body)
        {
            var made = await client.PostAsync("stock", environment.AdminToken, path, body);
            return made.IsSuccess ? made : throw new InvalidOperationException($"POST {path}: {made}");
        }
    }

    private async Task SellAsync(HostProcess host, long customer, Sales sales, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            if (await IsSoldAsync(host, customer))
                sales.Count();
            await Pause.QuietlyAsync(Pace, over);
        }
    }

    private async Task<bool> IsSoldAsync(HostProcess host, long customer)
    {
        var item = new { productId = products[Random.Shared.Next(Products)], quantity = 1 };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.Address, "/api/v1/checkout"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", environment.AdminToken);
        request.Content = JsonContent.Create(new { userId = customer, items = new[] { item } });
        try
        {
            using var response = await environment.Http.SendAsync(request, CancellationToken.None);
            return response.IsSuccessStatusCode;
        }
        catch (Exception noAnswer) when (noAnswer is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private sealed class Sales
    {
        private int count;

        public void Count() => Interlocked.Increment(ref count);

        /// <returns>Sales in a second.</returns>
        public async Task<double> RateAsync(TimeSpan duration, CancellationToken ct)
        {
            var (since, before) = (Stopwatch.StartNew(), Volatile.Read(ref count));
            await Pause.QuietlyAsync(duration, ct);
            return (Volatile.Read(ref count) - before) / since.Elapsed.TotalSeconds;
        }
    }
}
