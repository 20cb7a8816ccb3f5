namespace Shop.Bench.Scenarios;

/// <summary>A scenario as on a disk whose flush takes a millisecond, for both sides.</summary>
internal sealed class SlowFlush(string name, string what, string script, string traffic)
    : Throughput(name, $"{what}, a commit waits 1 ms", script, traffic, target: null)
{
    private const string Reload = "select pg_reload_conf()";

    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        await SetAsync(stage, "alter system set commit_delay = 1000", "alter system set commit_siblings = 0");
        try
        {
            return await base.RunAsync(stage);
        }
        finally
        {
            await SetAsync(stage, "alter system reset commit_delay", "alter system reset commit_siblings");
        }
    }

    // ALTER SYSTEM runs in no transaction, so each is sent by itself.
    private static async Task SetAsync(Stage stage, params string[] settings)
    {
        foreach (var setting in settings.Append(Reload))
            await stage.Cluster.ExecuteAsync("postgres", setting);
    }
}
