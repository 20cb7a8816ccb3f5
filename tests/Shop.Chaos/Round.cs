namespace Shop.Chaos;

/// <summary>Customers shop while the storm goes on; then it is calm, everyone gets an answer, and the verdict is spoken.</summary>
internal sealed class Round(Arena arena, Storm storm, Journal journal, int clients, Random random)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // What reached a host that stood still is read by it as soon as it goes on.
    private static readonly TimeSpan UnderWay = TimeSpan.FromSeconds(3);

    private readonly List<Shopper> shoppers = [];

    public async Task RunAsync(TimeSpan duration, CancellationToken stop)
    {
        using var gaveUp = new CancellationTokenSource();
        using var closing = new CancellationTokenSource();
        var calm = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var client = Client(Task.CompletedTask, stop);
        var goods = await Goods.StockAsync(client, arena.AdminToken);
        shoppers.Clear();
        var shopping = Task.WhenAll(Enumerable.Range(0, clients).Select(_ => ServeAsync(() => Enter(goods, calm.Task, gaveUp.Token), closing.Token)));

        await storm.RageAsync(duration, stop);
        await closing.CancelAsync();
        await Task.Delay(UnderWay, CancellationToken.None);
        calm.SetResult();
        gaveUp.CancelAfter(Patience);
        await EndAsync(shopping);
        foreach (var host in arena.Hosts)
            host.Surviving();

        var books = new Books(arena.Cluster, arena.Platform, client, journal);
        await books.DrainAsync();
        await new Verdict(client, journal).JudgeAsync(shoppers.Select(shopper => shopper.Customer).OfType<Customer>());
        await books.JudgeAsync(arena.AdminToken);
    }

    // One customer after the other. Who is in doubt waits aside, and the next one comes.
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
            journal.Violate($"not everyone was answered within {Patience.TotalSeconds:0} calm seconds");
        }
    }

    private Shopper Enter(Goods goods, Task calm, CancellationToken gaveUp)
    {
        lock (shoppers)
        {
            var chance = new Random(random.Next());
            shoppers.Add(new Shopper(Client(calm, gaveUp, chance), goods, journal, chance));
            return shoppers[^1];
        }
    }

    private Client Client(Task calm, CancellationToken gaveUp, Random? chance = null) =>
        new(arena.Http, arena.Addresses, journal, chance ?? Random.Shared, calm, gaveUp);
}
