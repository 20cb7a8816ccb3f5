using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Shop.BuildingBlocks;

namespace Shop.Ordering.DataPlatform;

/// <summary>
/// The data platform behind an address: one signed POST for each delivery. Any 2xx is a receipt, anything else a failure. While the receiver does not
/// answer at all the circuit is open: nothing is sent but one delivery now and then, to see whether it is back, and no failure counts.
/// </summary>
internal sealed class HttpPlatform : IDataPlatform
{
    public const string ClientName = "data-platform";

    // Failures in a row, whichever deliveries they are of, before the receiver is held to be down. Fewer than the attempts that a delivery has by default, so that
    // an outage kills none; more than a few bad deliveries make in a quiet hour.
    private const int FailuresToOpen = 10;

    private static readonly TimeSpan BreakDuration = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(1);

    private readonly IHttpClientFactory clients;
    private readonly DataPlatformOptions options;
    private readonly TimeProvider time;
    private readonly Uri endpoint;
    private readonly Signature signature;
    private readonly ResiliencePipeline<Answer> pipeline;
    private readonly CircuitBreakerStateProvider circuit = new();
    private readonly CircuitBreakerManualControl control = new();
    private long probeAt;

    public HttpPlatform(IHttpClientFactory clients, IOptions<DataPlatformOptions> options, TimeProvider time, ILogger<HttpPlatform> log)
    {
        this.clients = clients;
        this.options = options.Value;
        this.time = time;
        endpoint = new Uri(this.options.Endpoint!);
        signature = Signature.TryReadKey(this.options.Secret, out var key) ? new Signature(key) : throw new InvalidOperationException("DataPlatform:Secret has not been validated.");
        pipeline = Pipeline(log);
    }

    public int BatchSize => 1;

    public int CallsFree(int underWay)
    {
        if (circuit.CircuitState == CircuitState.Closed)
            return options.Concurrency - underWay;
        return underWay == 0 && time.UtcNow().UtcTicks >= Interlocked.Read(ref probeAt) ? 1 : 0;
    }

    public async Task<IReadOnlyList<Attempt>> SendAsync(IReadOnlyList<Delivery> deliveries, CancellationToken ct) =>
        await Task.WhenAll(deliveries.Select(delivery => SendAsync(delivery, ct)));

    private async Task<Attempt> SendAsync(Delivery delivery, CancellationToken ct)
    {
        var counts = circuit.CircuitState == CircuitState.Closed;
        try
        {
            var answer = await pipeline.ExecuteAsync(async token => await PostAsync(delivery, token), ct);
            // Polly opens on a share of failures; that share starts anew whenever the receiver shows that it is there.
            if (!answer.IsDown)
                await control.CloseAsync(CancellationToken.None);
            return answer.IsReceipt ? Attempt.Taken(delivery) : Attempt.Failed(delivery, answer.Error, counts, answer.RetryAfter);
        }
        catch (BrokenCircuitException)
        {
            return Attempt.NotTried(delivery);
        }
        catch (TimeoutRejectedException)
        {
            return Attempt.Failed(delivery, $"No answer within {options.Timeout}.", counts);
        }
        catch (Exception error)
        {
            // Whatever goes wrong with one call is that delivery's failure, and no other's.
            return Attempt.Failed(delivery, $"{error.GetType().Name}: {error.Message}", counts);
        }
    }

    private async Task<Answer> PostAsync(Delivery delivery, CancellationToken ct)
    {
        var body = Encoding.UTF8.GetBytes(delivery.Envelope);
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in signature.Headers(delivery.EventId, time.UtcNow(), body))
            request.Headers.TryAddWithoutValidation(name, value);

        using var client = clients.CreateClient(ClientName);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        return response.IsSuccessStatusCode
            ? new Answer(response.StatusCode, null, "")
            : new Answer(response.StatusCode, RetryAfterOf(response), await AnswerText.BeginningOfAsync(response.Content, ct));
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) || response.Headers.RetryAfter is not { } header)
            return null;
        var pause = header.Delta ?? header.Date - time.UtcNow();
        return pause < LongestRetryAfter ? pause : LongestRetryAfter;
    }

    private ResiliencePipeline<Answer> Pipeline(ILogger log) => new ResiliencePipelineBuilder<Answer> { TimeProvider = time }
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions<Answer>
        {
            ShouldHandle = call => ValueTask.FromResult(call.Outcome.Exception is not null || call.Outcome.Result.IsDown),
            FailureRatio = 1,
            MinimumThroughput = FailuresToOpen,
            SamplingDuration = TimeSpan.FromDays(1),
            BreakDuration = BreakDuration,
            StateProvider = circuit,
            ManualControl = control,
            OnOpened = _ =>
            {
                Interlocked.Exchange(ref probeAt, (time.UtcNow() + BreakDuration).UtcTicks);
                log.LogWarning("The data platform is not there; it is asked again every {Pause}, and no failure counts", BreakDuration);
                return default;
            },
            OnClosed = _ =>
            {
                log.LogInformation("The data platform is there again");
                return default;
            },
        })
        .AddTimeout(new TimeoutStrategyOptions { Timeout = options.Timeout })
        .Build();

    private readonly record struct Answer(HttpStatusCode Status, TimeSpan? RetryAfter, string Text)
    {
        public bool IsReceipt => (int)Status is >= 200 and < 300;

        /// <summary>It is not the delivery that is refused: nothing would be taken now.</summary>
        public bool IsDown => (int)Status >= 500 || Status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout;

        public string Error => Text.Length == 0 ? $"{(int)Status} {Status}" : $"{(int)Status} {Status}: {Text}";
    }
}
