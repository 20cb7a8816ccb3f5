using System.Text.Json;

namespace Shop.Bench.Load;

/// <summary>The plan that the load generator reads from its standard input.</summary>
/// <param name="Traffic">Which requests: a name that <see cref="Shoppers"/> knows.</param>
/// <param name="Ports">Of the hosts, which the connections go to in turn.</param>
/// <param name="Seed">
/// Another one for each run, so that no two send the same idempotency keys or ask for the same coupons.
/// </param>
/// <param name="StorefrontTokens">
/// For requests that act for any of the shop's users, as a storefront's server does.
/// </param>
/// <param name="Customers">Users who signed in themselves.</param>
/// <param name="Paths">For requests that take one of several, at random.</param>
/// <param name="Lines">Of each order, where the traffic is orders of many lines.</param>
internal sealed record LoadPlan(
    string Traffic, IReadOnlyList<int> Ports, int Connections, double WarmUpSeconds, double Seconds, int Seed,
    IdRange Users, IdRange Products, IdRange Coupons,
    IReadOnlyList<string> StorefrontTokens, IReadOnlyList<Customer> Customers, string Path = "/",
    IReadOnlyList<string>? Paths = null, int Lines = 0)
{
    public string ToJson() => JsonSerializer.Serialize(this);

    public static LoadPlan FromJson(string json) => JsonSerializer.Deserialize<LoadPlan>(json)!;
}

internal sealed record Customer(long UserId, string Token);

/// <summary>Ids without a gap.</summary>
internal sealed record IdRange(long First, int Count)
{
    public long Any(Random random) => First + random.Next(Count);

    public long At(long index) => First + index % Count;
}

/// <summary>The result that the load generator writes to its standard output after the window.</summary>
/// <param name="Operations">That succeeded in the window. An operation may be several requests.</param>
/// <param name="Errors">Answers that were not what the operation needs, by status and code.</param>
/// <param name="CpuMilliseconds">Of the generator itself, in the window.</param>
internal sealed record LoadResult(
    long Operations, long Requests, double Seconds, double P50, double P95, double P99, double Worst,
    IReadOnlyDictionary<string, long> Errors, double CpuMilliseconds)
{
    public string ToJson() => JsonSerializer.Serialize(this);

    public static LoadResult FromJson(string json) => JsonSerializer.Deserialize<LoadResult>(json)!;
}
