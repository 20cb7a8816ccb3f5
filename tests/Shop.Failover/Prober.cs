using System.Collections.Concurrent;
using System.Diagnostics;
using Shop.Chaos;
using Shop.Client;
using Shop.HostProcesses;
using ChaosClient = Shop.Chaos.Client;
using Environment = Shop.Chaos.Environment;

namespace Shop.Failover;

/// <summary>
/// Charges a wallet over one host at a steady pace, each time another amount, whatever became of those before. So the
/// time without a success is the host's alone.
/// </summary>
internal sealed class Prober(Environment environment, HostProcess host)
{
    private const int MinimumAmount = 1_000;
    private const int MaximumOpen = 30;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentQueue<Probe> probes = new();
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private long user;
    private TimeSpan faultAt;

    public string Host => host.Name;

    public IReadOnlyCollection<Probe> Probes => probes;

    /// <summary>Makes the customer whose wallet is charged.</summary>
    public async Task StartAsync(ChaosClient client)
    {
        var customer = new CreateUserRequest { Email = $"{Guid.NewGuid():N}@example.com", Name = "Prober" };
        var made = await client.PostAsync(
            "stock", environment.AdminToken, (shop, key) => shop.CreateUserAsync(customer, key));
        user = made.Expect()["userId"].GetInt64();
    }

    /// <summary>Goes on until it is over, and then until all have an answer, or none in time.</summary>
    public async Task RunAsync(CancellationToken over)
    {
        var open = new List<Task>();
        for (var amount = MinimumAmount; !over.IsCancellationRequested; amount++)
        {
            open.RemoveAll(probe => probe.IsCompleted);
            if (open.Count < MaximumOpen)
                open.Add(ChargeAsync(amount));
            await Pause.QuietlyAsync(Pace, over);
        }

        await Task.WhenAll(open);
    }

    public void NoteFault() => faultAt = clock.Elapsed;

    public bool HasSucceededSince(TimeSpan duration) =>
        probes.Any(probe => probe.TransactionId is not null && clock.Elapsed - probe.AnsweredAt < duration);

    /// <summary>The longest time between two successes, from the last one before the fault on.</summary>
    public TimeSpan Outage()
    {
        var successes = probes.Where(probe => probe.TransactionId is not null).Select(probe => probe.AnsweredAt)
            .Order().ToList();
        var from = successes.FindLastIndex(at => at <= faultAt);
        return from < 0
            ? throw new InvalidOperationException($"{Host} had no success before the fault.")
            : successes.Skip(from).Zip(successes.Skip(from + 1)).Select(pair => pair.Second - pair.First)
                .DefaultIfEmpty(TimeSpan.MaxValue).Max();
    }

    /// <summary>Holds what was acknowledged against the ledger.</summary>
    /// <returns>How many acknowledged charges are missing, and how many are there twice.</returns>
    public async Task<(int Lost, int Doubled)> CheckAsync(ChaosClient client)
    {
        var ledger = await client.ListAsync(environment.AdminToken, (shop, cursor) => shop.GetBalanceHistoryAsync(
            user, limit: 100, cursor: cursor));
        var there = ledger.Select(line => line.GetProperty("transactionId").GetRawText()).ToHashSet();
        return (
            probes.Count(probe => probe.TransactionId is { } id && !there.Contains(id)),
            ledger.CountBy(line => line.GetProperty("amount").GetInt64()).Count(amount => amount.Value > 1));
    }

    private async Task ChargeAsync(int amount)
    {
        var sending = new Sending(environment.Connections, operation: null, CancellationToken.None);
        using var http = new HttpClient(sending, disposeHandler: false)
        {
            BaseAddress = host.Address,
            Timeout = ChaosClient.Timeout,
        };
        var refusal = "no answer";
        try
        {
            await new ShopClient(http) { AccessToken = environment.AdminToken }.ChargeWalletAsync(
                user, new ChargeRequest { Amount = amount }, Guid.NewGuid().ToString("N"), CancellationToken.None);
        }
        catch (ShopException refused)
        {
            refusal = sending.Answer is { } answer ? $"{answer.Status} {answer.Code}" : refused.Message;
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException or OperationCanceledException)
        {
            // No answer, which may have been a success.
        }

        probes.Enqueue(sending.Answer is { IsSuccess: true } done
            ? new Probe(clock.Elapsed, null, done["transactionId"].GetRawText())
            : new Probe(clock.Elapsed, refusal, null));
    }
}

/// <param name="Refusal">Null for a success, which has the line of the ledger instead.</param>
internal sealed record Probe(TimeSpan AnsweredAt, string? Refusal, string? TransactionId);
