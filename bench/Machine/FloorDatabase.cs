using System.Globalization;

namespace Shop.Bench.Machine;

/// <summary>The same effects in hand-written SQL, in a schema of their own.</summary>
internal sealed class FloorDatabase(Cluster cluster, Pgbench pgbench)
{
    public static async Task<FloorDatabase> CreateAsync(Cluster cluster, Size size)
    {
        const string Database = "floor";
        var program = Pgbench.Find(cluster);
        await cluster.CreateDatabaseAsync(Database);
        var schema = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Floor", "schema.sql"));
        await cluster.ExecuteAsync(Database, schema
            .Replace(":users", Text(size.Users), StringComparison.Ordinal)
            .Replace(":products", Text(size.Products), StringComparison.Ordinal)
            .Replace(":orders", Text(size.OpenOrders), StringComparison.Ordinal));
        await cluster.ExecuteAsync(Database, "vacuum analyze");
        var variables = new Dictionary<string, int> { ["users"] = size.Users, ["products"] = size.Products, ["orders"] = size.OpenOrders };
        return new FloorDatabase(cluster, new Pgbench(program, cluster.ConnectionString(Database), variables));
    }

    public async Task<FloorRun> MeasureAsync(string script, int clients, double seconds)
    {
        var before = ProcFiles.FamilyCpuMilliseconds(cluster.Postmaster);
        var result = await pgbench.RunAsync(script, clients, seconds);
        var cpu = ProcFiles.FamilyCpuMilliseconds(cluster.Postmaster) - before;
        return new FloorRun(result.PerSecond, result.AverageMilliseconds, cpu / Math.Max(1, result.Transactions));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

internal sealed record FloorRun(double PerSecond, double AverageMilliseconds, double PostgresCpuPerOperation);
