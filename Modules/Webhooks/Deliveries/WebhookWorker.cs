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
    private const string SelectWebhooks = $"""
        select webhook_id, {WebhookTarget.Columns}, coalesce((
            select true from webhooks.deliveries d
            where d.webhook_id = w.webhook_id and d.status = 'PENDING' and d.next_attempt_at <= (select shop.now())
            order by d.next_attempt_at limit 1), false) as is_due
        from webhooks.webhooks w where status = 'ACTIVE'
        """;

    private readonly Dictionary<Guid, Loop> loops = [];

    private sealed record Row(
        Guid WebhookId, string Url, string Secret, string? PreviousSecret, DateTimeOffset ReadAt, bool IsDue)
    {
        public PostTarget Target => new WebhookTarget(Url, Secret, PreviousSecret, ReadAt).ToPostTarget();
    }

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
                loops.Add(webhook.WebhookId, loop = LoopOf(webhook));
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

    private Loop LoopOf(Row webhook)
    {
        var name = $"Webhook {webhook.WebhookId}";
        var settings = new HttpReceiverSettings(
            name, options.Value.Timeout, Math.Min(Concurrency, options.Value.Concurrency), KeepsAnswers: true);
        var receiver = new HttpReceiver(client.Http, webhook.Target, settings, Time, Log);
        var queue = new WebhookQueue(
            webhook.WebhookId, target => receiver.Target = target, scopes, options.Value, Log);
        return new Loop(new DeliveryLoop(queue, receiver, name, Time, Log));
    }

    /// <summary>A webhook's loop, which runs at most once at a time.</summary>
    private sealed class Loop(DeliveryLoop deliveries)
    {
        public Task<int> Task { get; private set; } = System.Threading.Tasks.Task.FromResult(0);

        public bool IsStarted { get; private set; }

        public bool IsRunning => !Task.IsCompleted;

        public void Start(CancellationToken ct)
        {
            if (IsStarted)
                return;
            (IsStarted, Task) = (true, System.Threading.Tasks.Task.Run(() => deliveries.RunAsync(ct), ct));
        }

        /// <returns>How many have arrived; 0 while it runs. Its exception is the worker's.</returns>
        public async Task<int> TakeResultAsync()
        {
            if (!IsStarted || IsRunning)
                return 0;
            IsStarted = false;
            return await Task;
        }
    }
}
