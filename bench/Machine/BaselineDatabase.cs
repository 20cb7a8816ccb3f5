using System.Globalization;

namespace Shop.Bench.Machine;

/// <summary>The same effects in hand-written SQL, in a schema of their own.</summary>
internal sealed class BaselineDatabase(Cluster cluster, Pgbench pgbench)
{
    public static async Task<BaselineDatabase> CreateAsync(Cluster cluster, Size size)
    {
        const string Database = "baseline";
        var program = Pgbench.Find(cluster);
        await cluster.CreateDatabaseAsync(Database);
        var schema = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Baseline", "schema.sql"));
        await cluster.ExecuteAsync(Database, schema
            .Replace(":users", Text(size.Users), StringComparison.Ordinal)
            .Replace(":products", Text(size.Products), StringComparison.Ordinal)
            .Replace(":orders", Text(size.OpenOrders), StringComparison.Ordinal));
        await cluster.ExecuteAsync(Database, "vacuum analyze");
        var variables = new Dictionary<string, int>
        {
            ["users"] = size.Users,
            ["products"] = size.Products,
            ["orders"] = size.OpenOrders,
        };
        return new BaselineDatabase(cluster, new Pgbench(program, cluster.ConnectionString(Database), variables));
    }

    /// <param name="variables">Of this script alone.</param>
    public async Task<BaselineRun> MeasureAsync(
        string script, int clients, double seconds, params IReadOnlyList<(string Name, int Value)> variables)
    {
        var before = ProcFiles.FamilyCpuMilliseconds(cluster.Postmaster);
        var result = await pgbench.RunAsync(script, clients, seconds, variables);
        var cpu = ProcFiles.FamilyCpuMilliseconds(cluster.Postmaster) - before;
        return new BaselineRun(result.PerSecond, result.AverageMilliseconds, cpu / Math.Max(1, result.Transactions));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

internal sealed record BaselineRun(double PerSecond, double AverageMilliseconds, double PostgresCpuPerOperation);
