using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Deliveries;

namespace Shop.Webhooks.Deliveries;

/// <summary>
/// Takes deliveries to webhooks, to each by a loop of its own: one that hangs fills its own calls and holds up no
/// other.
/// </summary>
internal sealed class WebhookWorker(
    IServiceScopeFactory scopes,
    WebhookClient client,
    IOptions<DeliveryOptions> options,
    TimeProvider time,
    ILogger<WebhookWorker> log)
    : Worker(time, log)
{
    // Calls of one host at a time to each webhook.
    private const int Concurrency = 4;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    // At most 20, each looked up in the index of what is due.
    private const string SelectWebhooks = """
        select webhook_id, coalesce((
            select true from webhooks.deliveries d
            where d.webhook_id = w.webhook_id and d.status = 'PENDING' and d.next_attempt_at <= (select shop.now())
            order by d.next_attempt_at limit 1), false) as is_due
        from webhooks.webhooks w where status = 'ACTIVE'
        """;

    private readonly Dictionary<Guid, Loop> loops = [];

    private sealed record Row(Guid WebhookId, bool IsDue);

    protected override string Name => "webhooks";

    /// <summary>Starts the loops of webhooks that have something due, and waits until one has ended.</summary>
    /// <returns>How many deliveries have arrived in loops that have ended.</returns>
    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var webhooks = await SelectAsync(ct);
        foreach (var gone in loops.Keys.Except(webhooks.Select(webhook => webhook.WebhookId)).ToList())
        {
            if (!loops[gone].IsRunning)
                loops.Remove(gone);
        }

        foreach (var webhook in webhooks.Where(webhook => webhook.IsDue))
        {
            if (!loops.TryGetValue(webhook.WebhookId, out var loop))
                loops.Add(webhook.WebhookId, loop = LoopOf(webhook.WebhookId));
            loop.Start(ct);
        }

        var running = loops.Values.Where(loop => loop.IsStarted).Select(loop => loop.Task).ToList();
        if (running.Count > 0)
            await Task.WhenAny(Task.WhenAny(running), Task.Delay(Poll, Time, CancellationToken.None));
        var arrived = 0;
        foreach (var loop in loops.Values)
            arrived += await loop.TakeResultAsync();
        return arrived;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // A call under way is waited for, for its time at most: cut off, it would arrive twice.
        Task ended = Task.WhenAll(loops.Values.Select(loop => loop.Task));
        await ended.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Poll, Time, ct);

    private async Task<IReadOnlyList<Row>> SelectAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Db>().QueryAsync<Row>(SelectWebhooks, null, ct);
    }

    private Loop LoopOf(Guid webhookId)
    {
        var name = $"Webhook {webhookId}";
        var settings = new HttpReceiverSettings(
            name, options.Value.Timeout, Math.Min(Concurrency, options.Value.Concurrency), KeepsAnswers: true);
        var queue = new WebhookQueue(webhookId, name, scopes, options.Value, Log);
        var receiver = new HttpReceiver(client.Http, () => queue.Target, settings, Time, Log);
        var deliveries = new DeliveryLoop(queue, receiver, name, Time, Log);
        return new Loop(ct => RunAsync(deliveries, name, ct));
    }

    // The trouble of one webhook is not the others'. The next round starts its loop again.
    private async Task<int> RunAsync(DeliveryLoop deliveries, string name, CancellationToken ct)
    {
        try
        {
            return await deliveries.RunAsync(ct);
        }
        catch (Exception error) when (!ct.IsCancellationRequested)
        {
            Log.LogError(error, "The deliveries of {Webhook} were left for a moment", name);
            return 0;
        }
    }

    /// <summary>A webhook's loop, which runs at most once at a time.</summary>
    private sealed class Loop(Func<CancellationToken, Task<int>> run)
    {
        public Task<int> Task { get; private set; } = System.Threading.Tasks.Task.FromResult(0);

        public bool IsStarted { get; private set; }

        public bool IsRunning => !Task.IsCompleted;

        public void Start(CancellationToken ct)
        {
            if (IsStarted)
                return;
            (IsStarted, Task) = (true, System.Threading.Tasks.Task.Run(() => run(ct), ct));
        }

        /// <returns>How many have arrived; 0 while it runs.</returns>
        public async Task<int> TakeResultAsync()
        {
            if (!IsStarted || IsRunning)
                return 0;
            IsStarted = false;
            return await Task;
        }
    }
}
