namespace Shop.Bench.Scenarios;

/// <summary>From the start of the host's process on a database that is there to its being ready.</summary>
internal sealed class HostStart() : Scenario(
    "start", "from the start to ready, on an existing database", against: null, new Target(2_000, AtMost: true))
{
    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var shop = await stage.ShopAsync();
        var rounds = new List<Round>();
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            await shop.RestartAsync();
            rounds.Add(new Round(null, shop.Host.StartTime.TotalMilliseconds, Run: null, Unit: "ms"));
        }

        return rounds;
    }
}
