using System.Runtime.Versioning;
using Shop.Chaos;
using Environment = Shop.Chaos.Environment;

namespace Shop.Failover;

[SupportedOSPlatform("linux")]
internal static class Program
{
    public static Task<int> Main(string[] args) => CommandLineRun.RunAsync(async stop =>
    {
        var options = FailoverOptions.Parse(args);
        if (!options.Help)
            return await RunAsync(options, stop);
        Console.WriteLine(FailoverOptions.Usage);
        return 0;
    });

    private static async Task<int> RunAsync(FailoverOptions options, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("shop-failover-").FullName;
        // PostgreSQL's user, whom root hands the cluster to, goes through here.
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute);
        var history = new History();
        var outcomes = new List<Outcome>();
        var cluster = await PatroniCluster.StartAsync(Path.Combine(folder, "cluster"), options.Strict, stop);
        await using (var environment = await Environment.StartAsync(
            cluster,
            new PlatformReceiver(history),
            clock: null,
            [.. ((string[])["addresses", "proxy"]).Select(way => ($"by {way}", cluster.ConnectionString(way)))],
            folder,
            history,
            stop))
        {
            Console.WriteLine($"{(options.Strict ? "Strict" : "Not strict")}, logs in {folder}");
            var faults = Faults.Of(cluster, options.Faults);
            foreach (var fault in Enumerable.Repeat(faults, options.Repeat).SelectMany(faults => faults))
            {
                await cluster.SettleAsync(stop);
                outcomes.Add(await new Trial(cluster, environment, history, options.Clients).RunAsync(fault, stop));
                Write(outcomes[^1]);
            }
        }

        var table = Report.Of(outcomes);
        Console.Write(table);
        if (options.Report is { } file)
            await File.WriteAllTextAsync(file, table, CancellationToken.None);
        if (!outcomes.All(outcome => outcome.IsRight))
        {
            await history.WriteAsync(Path.Combine(folder, "history.log"));
            return 1;
        }

        Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static void Write(Outcome outcome)
    {
        var outages = outcome.Hosts.Select(host => $"{host.Host} {host.Outage.TotalSeconds:0.0} s");
        Console.WriteLine(
            $"{DateTime.UtcNow:HH:mm:ss} {outcome.Fault.What}: {string.Join(", ", outages)}; "
                + $"{outcome.Violations.Count} violations");
        foreach (var violation in outcome.Violations)
            Console.WriteLine($"  {violation}");
    }
}
