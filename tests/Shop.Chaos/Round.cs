namespace Shop.Chaos;

/// <summary>Customers shop while the storm goes on; then it is calm, everyone gets an answer, and the verdict is spoken.</summary>
internal sealed class Round(Arena arena, Storm storm, Journal journal, int clients, Random random)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public async Task RunAsync(TimeSpan duration, CancellationToken stop)
    {
        using var gaveUp = new CancellationTokenSource();
        using var calm = new CancellationTokenSource();
        var goods = await Goods.StockAsync(Client(gaveUp.Token), arena.AdminToken);
        var shoppers = Enumerable.Range(0, clients).Select(_ => new Shopper(Client(gaveUp.Token), goods, journal, new Random(random.Next()))).ToList();
        var shopping = Task.WhenAll(shoppers.Select(shopper => shopper.ShopAsync(calm.Token)));

        await storm.RageAsync(duration, stop);
        await calm.CancelAsync();
        gaveUp.CancelAfter(Patience);
        await EndAsync(shopping);

        gaveUp.CancelAfter(Timeout.InfiniteTimeSpan);
        foreach (var host in arena.Hosts)
            host.Surviving();
        var client = Client(stop);
        await new Verdict(client, journal).JudgeAsync(shoppers.SelectMany(shopper => shopper.Customers));
        await new Books(arena.Cluster, arena.Platform, client, journal).JudgeAsync(arena.AdminToken);
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

    private Client Client(CancellationToken gaveUp) => new(arena.Http, arena.Addresses, journal, new Random(random.Next()), gaveUp);
}
