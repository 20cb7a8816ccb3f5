using System.Diagnostics;
using Shop.Client;
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
            environment.Connections, environment.Addresses, history, new Random(), Task.CompletedTask, ct);
        var product = new CreateProductRequest { Name = "Sold while a host is stopped", Price = 1, Stock = Stock };
        while (products.Count < Products)
        {
            var made = await MakeAsync((shop, key) => shop.CreateProductAsync(product, key));
            products.Add(made["productId"].GetInt64());
        }

        while (customers.Count < environment.Hosts.Count * CustomersOfHost)
        {
            var customer = new CreateUserRequest { Email = $"{Guid.NewGuid():N}@example.com", Name = "Customer" };
            var user = (await MakeAsync((shop, key) => shop.CreateUserAsync(customer, key)))["userId"].GetInt64();
            await MakeAsync((shop, key) => shop.ChargeWalletAsync(user, new ChargeRequest { Amount = Stock }, key));
            customers.Add(user);
        }

        async Task<Answer> MakeAsync(Func<ShopClient, string, Task> call) =>
            (await client.PostAsync("stock", environment.AdminToken, call)).Expect();
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
        var item = new RequestedItem { ProductId = products[Random.Shared.Next(Products)], Quantity = 1 };
        using var http = new HttpClient(environment.Connections, disposeHandler: false)
        {
            BaseAddress = host.Address,
            Timeout = Client.Timeout,
        };
        try
        {
            await new ShopClient(http) { AccessToken = environment.AdminToken }.CheckoutAsync(
                new OrderRequest { UserId = customer, Items = [item] }, cancellationToken: CancellationToken.None);
            return true;
        }
        catch (Exception noSale) when (noSale is ShopException or HttpRequestException or OperationCanceledException)
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
