using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Shop.Ordering.DataPlatform;

/// <summary>
/// The data platform behind an address: one signed POST for each delivery. Any 2xx is a receipt, anything else a
/// failure; decision 9 lists which failures count as an attempt. While the circuit is open, probes alone go out.
/// </summary>
internal sealed class HttpPlatform : IDataPlatform
{
    public const string ClientName = "data-platform";

    private readonly IHttpClientFactory clients;
    private readonly DataPlatformOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<HttpPlatform> log;
    private readonly Uri endpoint;
    private readonly Signature signature;
    private readonly ReceiverCircuit circuit;

    public HttpPlatform(
        IHttpClientFactory clients, IOptions<DataPlatformOptions> options, TimeProvider time, ILogger<HttpPlatform> log)
    {
        this.clients = clients;
        this.options = options.Value;
        this.time = time;
        this.log = log;
        circuit = new ReceiverCircuit(time);
        endpoint = new Uri(this.options.Endpoint!);
        signature = Signature.TryReadKey(this.options.Secret, out var key)
            ? new Signature(key)
            : throw new InvalidOperationException("DataPlatform:Secret has not been validated.");
    }

    public int BatchSize => 1;

    public int CallsFree(int underWay)
    {
        if (!circuit.Lets(underWay))
            return 0;
        return circuit.IsOpen ? 1 : options.Concurrency - underWay;
    }

    public async Task<IReadOnlyList<Attempt>> SendAsync(IReadOnlyList<Delivery> deliveries, CancellationToken ct) =>
        await Task.WhenAll(deliveries.Select(delivery => SendAsync(delivery, ct)));

    private async Task<Attempt> SendAsync(Delivery delivery, CancellationToken ct)
    {
        var isProbe = circuit.IsOpen;
        if (isProbe && !circuit.Lets(underWay: 0))
            return Attempt.NotTried(delivery);
        try
        {
            return Settle(delivery, await AskAsync(delivery, ct), isProbe);
        }
        catch (Exception error)
        {
            // A fault of ours with this one delivery says nothing about the receiver, and must not end the round.
            return Attempt.Refused(delivery, $"{error.GetType().Name}: {error.Message}");
        }
    }

    private Attempt Settle(Delivery delivery, Answer answer, bool isProbe)
    {
        if (answer.IsFailure)
        {
            // A call that the opening circuit has overtaken counts as little as a probe.
            isProbe |= circuit.IsOpen;
            if (circuit.Failed(delivery.OrderId))
                log.LogWarning(
                    "The data platform is not there; it is asked again every {Pause}, and no failure counts",
                    ReceiverCircuit.BreakDuration);
        }
        else if (circuit.Answered())
        {
            log.LogInformation("The data platform is there again");
        }

        if (answer.IsReceipt)
            return Attempt.Taken(delivery);
        if (isProbe)
            return new Attempt(delivery, AttemptResult.ProbeFailed, answer.Error, answer.RetryAfter);
        return answer.IsUnavailable
            ? Attempt.Unavailable(delivery, answer.Error, answer.RetryAfter)
            : Attempt.Refused(delivery, answer.Error);
    }

    private async Task<Answer> AskAsync(Delivery delivery, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        try
        {
            return await PostAsync(delivery, limit.Token);
        }
        catch (OperationCanceledException)
        {
            return Answer.None($"No answer within {options.Timeout}.");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return Answer.None($"{error.GetType().Name}: {error.Message}");
        }
    }

    private async Task<Answer> PostAsync(Delivery delivery, CancellationToken ct)
    {
        var body = Encoding.UTF8.GetBytes(delivery.Envelope);
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        // Not the host's clock: a receiver refuses what a clock that is off has dated.
        foreach (var (name, value) in signature.Headers(delivery.EventId, delivery.ClaimedAt, body))
            request.Headers.TryAddWithoutValidation(name, value);

        using var client = clients.CreateClient(ClientName);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        return response.IsSuccessStatusCode
            ? Answer.Of(response.StatusCode, "", retryAfter: null)
            : Answer.Of(response.StatusCode, await TextOfAsync(response, ct), RetryAfterOf(response, delivery));
    }

    // The status decides. A body that breaks off or never comes takes nothing from it.
    private static async Task<string> TextOfAsync(HttpResponseMessage response, CancellationToken ct)
    {
        try
        {
            return await AnswerText.BeginningOfAsync(response.Content, ct);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            return "";
        }
    }

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response, Delivery delivery) =>
        response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
        && response.Headers.RetryAfter is { } header
            ? header.Delta ?? header.Date - delivery.ClaimedAt
            : null;

    /// <param name="Status">Null where none came.</param>
    private readonly record struct Answer(HttpStatusCode? Status, string Error, TimeSpan? RetryAfter)
    {
        public static Answer None(string error) => new(null, error, null);

        public static Answer Of(HttpStatusCode status, string text, TimeSpan? retryAfter) =>
            new(status, text.Length == 0 ? $"{(int)status} {status}" : $"{(int)status} {status}: {text}", retryAfter);

        public bool IsReceipt => (int?)Status is >= 200 and < 300;

        /// <summary>Nothing would be taken now, whichever event it is: no attempt.</summary>
        public bool IsUnavailable => Status is null
            or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
            or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

        /// <summary>A counted failure. A 500 may be about event or receiver: it is an attempt too.</summary>
        public bool IsFailure => IsUnavailable || (int?)Status >= 500;
    }
}
