namespace Shop.Chaos;

/// <summary>
/// Customers shop while faults are injected; then it is calm, everyone gets an answer, and the history is checked.
/// </summary>
internal sealed class Round(
    Environment environment, History history, int clients, Random random)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    // A paused host reads the requests that reached it as soon as it resumes.
    private static readonly TimeSpan UnderWay = TimeSpan.FromSeconds(3);

    private readonly List<Shopper> shoppers = [];

    /// <param name="injectAsync">Injects faults, and ends when all is put right.</param>
    public async Task RunAsync(Func<CancellationToken, Task> injectAsync, CancellationToken stop)
    {
        using var gaveUp = new CancellationTokenSource();
        using var closing = new CancellationTokenSource();
        var calm = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var client = Client(Task.CompletedTask, stop);
        var goods = await Goods.StockAsync(client, environment.AdminToken);
        shoppers.Clear();
        var shopping = Task.WhenAll(Enumerable.Range(0, clients).Select(
            _ => ServeAsync(() => Enter(goods, calm.Task, gaveUp.Token), closing.Token)));

        await injectAsync(stop);
        await closing.CancelAsync();
        await Task.Delay(UnderWay, CancellationToken.None);
        calm.SetResult();
        gaveUp.CancelAfter(Timeout);
        await EndAsync(shopping);
        foreach (var host in environment.Hosts)
            host.Surviving();

        var booksChecker = new BooksChecker(environment.Database, environment.Platform, client, history);
        await booksChecker.DrainAsync();
        await new Checker(client, goods, history).CheckAsync(
            shoppers.Select(shopper => shopper.Customer).OfType<Customer>());
        await booksChecker.CheckAsync(environment.AdminToken);
    }

    // One customer after the other. A customer with an open operation waits aside.
    private static async Task ServeAsync(Func<Shopper> enter, CancellationToken closing)
    {
        var visits = new List<Task>();
        while (!closing.IsCancellationRequested)
        {
            var shopper = enter();
            visits.Add(shopper.ShopAsync(closing));
            await Task.WhenAny(visits[^1], shopper.InDoubt);
        }

        await Task.WhenAll(visits);
    }

    private async Task EndAsync(Task shopping)
    {
        try
        {
            await shopping;
        }
        catch (OperationCanceledException)
        {
            history.Violate($"not everyone was answered within {Timeout.TotalSeconds:0} calm seconds");
        }
    }

    private Shopper Enter(Goods goods, Task calm, CancellationToken gaveUp)
    {
        lock (shoppers)
        {
            var chance = new Random(random.Next());
            shoppers.Add(new Shopper(Client(calm, gaveUp, chance), goods, history, chance));
            return shoppers[^1];
        }
    }

    private Client Client(Task calm, CancellationToken gaveUp, Random? chance = null) =>
        new(environment.Connections, environment.Addresses, history, chance ?? Random.Shared, calm, gaveUp);
}
