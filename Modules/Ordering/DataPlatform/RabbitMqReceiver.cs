using System.Net.Security;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Shop.BuildingBlocks.Deliveries;

namespace Shop.Ordering.DataPlatform;

/// <summary>
/// A broker as the data platform: persistent messages with the order's id as routing key. A delivery has arrived once
/// the broker confirms it, and a message that no queue takes comes back. None of its failures counts as an attempt.
/// </summary>
internal sealed class RabbitMqReceiver(
    IOptions<DataPlatformOptions> options, TimeProvider time, ILogger<RabbitMqReceiver> log)
    : IReceiver, IAsyncDisposable
{
    private static readonly CreateChannelOptions Confirmed = new(
        publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    private readonly ReceiverCircuit circuit = new(time);
    private readonly SemaphoreSlim sending = new(1);
    private IConnection? connection;
    private IChannel? channel;

    public int BatchSize => 100;

    public int CallsFree(int underWay) => circuit.Lets(underWay) ? 1 - underWay : 0;

    public async Task<IReadOnlyList<Attempt>> SendAsync(IReadOnlyList<Delivery> deliveries, CancellationToken ct)
    {
        await sending.WaitAsync(ct);
        try
        {
            return await PublishAsync(deliveries, ct);
        }
        finally
        {
            sending.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        sending.Dispose();
    }

    private async Task<IReadOnlyList<Attempt>> PublishAsync(IReadOnlyList<Delivery> deliveries, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(options.Value.Timeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        var isProbe = circuit.IsOpen;
        try
        {
            var open = await OpenAsync(limit.Token);
            var sent = deliveries.Select(delivery => PublishAsync(open, delivery, limit.Token)).ToList();
            var attempts = await Task.WhenAll(sent);
            // Confirms of a channel that has closed never come, and those of a call that ran out of time come late.
            if (attempts.Any(attempt => attempt.Error is not null))
                await DropAsync();
            return Settle(attempts, isProbe);
        }
        catch (Exception error)
        {
            await DropAsync();
            return Settle([.. deliveries.Select(delivery => Failed(delivery, error))], isProbe);
        }
    }

    private async Task<Attempt> PublishAsync(IChannel open, Delivery delivery, CancellationToken ct)
    {
        var properties = new BasicProperties
        {
            MessageId = delivery.EventId.ToString(),
            ContentType = "application/json",
            DeliveryMode = DeliveryModes.Persistent,
        };
        try
        {
            await open.BasicPublishAsync(
                options.Value.Exchange, delivery.Stream, mandatory: true, properties,
                Encoding.UTF8.GetBytes(delivery.Envelope), ct);
            return Attempt.Taken(delivery);
        }
        catch (PublishReturnException)
        {
            return Attempt.Unavailable(delivery, "No queue of the broker takes it.");
        }
        catch (Exception error)
        {
            return Failed(delivery, error);
        }
    }

    // The broker's errors are about its queues, never about an event.
    private Attempt Failed(Delivery delivery, Exception error) => Attempt.Unavailable(
        delivery,
        error is OperationCanceledException
            ? $"No confirmation within {options.Value.Timeout}."
            : AnswerText.Of(error));

    private List<Attempt> Settle(Attempt[] attempts, bool isProbe)
    {
        var settled = new List<Attempt>(attempts.Length);
        foreach (var attempt in attempts)
        {
            if (attempt.Error is null)
            {
                if (circuit.Answered())
                    log.LogInformation("The broker is there again");
                settled.Add(attempt);
                continue;
            }

            if (circuit.Failed(attempt.Delivery.Stream))
                log.LogWarning(
                    "The broker is not there; it is asked again every {Pause}", ReceiverCircuit.BreakDuration);
            settled.Add(isProbe ? attempt with { Result = AttemptResult.ProbeFailed } : attempt);
        }

        return settled;
    }

    // The client's own recovery would publish again what the delivery table has given back.
    private async Task<IChannel> OpenAsync(CancellationToken ct)
    {
        if (channel is { IsOpen: true })
            return channel;
        await DropAsync();
        var factory = new ConnectionFactory
        {
            Uri = new Uri(options.Value.Broker!),
            ClientProvidedName = "shop",
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = options.Value.Timeout,
            RequestedHeartbeat = Heartbeat,
        };
        // An address of amqps has the client accept a certificate of any name.
        factory.Ssl.AcceptablePolicyErrors = SslPolicyErrors.None;
        connection = await factory.CreateConnectionAsync(ct);
        return channel = await connection.CreateChannelAsync(Confirmed, ct);
    }

    private async Task DropAsync()
    {
        var dropped = connection;
        (connection, channel) = (null, null);
        if (dropped is null)
            return;
        try
        {
            await dropped.AbortAsync();
            await dropped.DisposeAsync();
        }
        catch (Exception error) when (error is IOException or OperationInterruptedException or ObjectDisposedException)
        {
            log.LogDebug(error, "The connection to the broker had ended");
        }
    }
}
