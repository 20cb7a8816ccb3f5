using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Shop.BuildingBlocks.Deliveries;

/// <summary>Where deliveries are posted to.</summary>
public sealed record PostTarget(Uri Address, Signature Signature);

/// <param name="Name">In logs.</param>
/// <param name="Timeout">Of one call, from connecting to the answer.</param>
/// <param name="Concurrency">Calls that may be under way at once.</param>
/// <param name="KeepsAnswers">Whether the beginning of a receipt's body is kept too, not of failures alone.</param>
public sealed record HttpReceiverSettings(string Name, TimeSpan Timeout, int Concurrency, bool KeepsAnswers = false);

/// <summary>
/// A receiver behind an address: one signed POST for each delivery. Any 2xx is a receipt, anything else a failure;
/// decision 9 lists which failures count as an attempt. While the circuit is open, probes alone go out.
/// </summary>
/// <param name="client">With no timeout of its own; it lives as long as the receiver.</param>
/// <param name="target">Read for each call.</param>
public sealed class HttpReceiver(
    HttpClient client, Func<PostTarget> target, HttpReceiverSettings settings, TimeProvider time, ILogger log)
    : IReceiver
{
    private readonly ReceiverCircuit circuit = new(time);

    public int BatchSize => 1;

    public int CallsFree(int underWay)
    {
        if (!circuit.Lets(underWay))
            return 0;
        return circuit.IsOpen ? 1 : settings.Concurrency - underWay;
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
            var answer = await AskAsync(delivery, ct);
            return Settle(delivery, answer, isProbe) with { Status = (int?)answer.Status, Answer = answer.Text };
        }
        catch (Exception error)
        {
            // A fault of ours with this one delivery says nothing about the receiver, and must not end the round.
            return Attempt.Refused(delivery, AnswerText.Of(error));
        }
    }

    private Attempt Settle(Delivery delivery, Answer answer, bool isProbe)
    {
        if (answer.IsFailure)
        {
            // A call that the opening circuit has overtaken counts as little as a probe.
            isProbe |= circuit.IsOpen;
            if (circuit.Failed(delivery.Stream))
                log.LogWarning(
                    "{Receiver} is not there; it is asked again every {Pause}, and no failure counts",
                    settings.Name,
                    ReceiverCircuit.BreakDuration);
        }
        else if (circuit.Answered())
        {
            log.LogInformation("{Receiver} is there again", settings.Name);
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
        using var timeout = new CancellationTokenSource(settings.Timeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        try
        {
            return await PostAsync(delivery, limit.Token);
        }
        catch (OperationCanceledException)
        {
            return Answer.None($"No answer within {settings.Timeout}.");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return Answer.None(AnswerText.Of(error));
        }
    }

    private async Task<Answer> PostAsync(Delivery delivery, CancellationToken ct)
    {
        var (address, signature) = target();
        var body = Encoding.UTF8.GetBytes(delivery.Envelope);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        // Not the host's clock: a receiver refuses what a clock that is off has dated.
        foreach (var (name, value) in signature.Headers(delivery.EventId, delivery.ClaimedAt, body))
            request.Headers.TryAddWithoutValidation(name, value);

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        var text = response.IsSuccessStatusCode && !settings.KeepsAnswers ? "" : await TextOfAsync(response, ct);
        return new Answer(response.StatusCode, text, RetryAfterOf(response, delivery));
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
    /// <param name="Text">The beginning of its body, or why none came.</param>
    private readonly record struct Answer(HttpStatusCode? Status, string Text, TimeSpan? RetryAfter)
    {
        public static Answer None(string error) => new(null, error, null);

        public string Error => Status is not { } status
            ? Text
            : Text.Length == 0 ? $"{(int)status} {status}" : $"{(int)status} {status}: {Text}";

        public bool IsReceipt => (int?)Status is >= 200 and < 300;

        /// <summary>Nothing would be taken now, whichever event it is: no attempt.</summary>
        public bool IsUnavailable => Status is null
            or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
            or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

        /// <summary>A counted failure. A 500 may be about event or receiver: it is an attempt too.</summary>
        public bool IsFailure => IsUnavailable || (int?)Status >= 500;
    }
}
