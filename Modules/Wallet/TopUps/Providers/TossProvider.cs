using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Shop.Wallet.TopUps.Providers;

/// <summary>
/// Toss Payments: confirm and query of a payment, with the secret key as the user of Basic authentication. The
/// top-up's id is the order's id there, for which the provider takes money once.
/// </summary>
internal sealed class TossProvider(IHttpClientFactory clients, IOptions<TopUpOptions> options) : IPaymentProvider
{
    public const string ClientName = "toss";

    private const int ReasonLength = 100;

    // Keys that are ours to mend, and what passes: they say nothing about the payment.
    private static readonly string[] Unanswered =
    [
        "UNAUTHORIZED_KEY", "INVALID_API_KEY", "INCORRECT_BASIC_AUTH_FORMAT", "FORBIDDEN_REQUEST", "PROVIDER_ERROR",
        "IDEMPOTENT_REQUEST_PROCESSING",
    ];

    // No payment of this key for this order and amount that could be confirmed (any more).
    private static readonly string[] Mismatches =
        ["NOT_FOUND_PAYMENT", "NOT_FOUND_PAYMENT_SESSION", "INVALID_REQUEST", "NOT_FOUND"];

    // Of the order, not of this attempt: the query tells its state.
    private static readonly string[] Settled = ["ALREADY_PROCESSED_PAYMENT", "DUPLICATED_ORDER_ID"];

    private sealed record Confirmation(string PaymentKey, string OrderId, long Amount);

    private sealed record Payment(
        string? PaymentKey, string? OrderId, string? Status, JsonElement TotalAmount, JsonElement BalanceAmount,
        string? Currency);

    private sealed record Failure(string? Code);

    public string Name => "TOSS";

    public TopUpCheckout CheckoutOf(Guid topUpId, long amount) =>
        new(Url: null, options.Value.Toss.ClientKey, topUpId.ToString(), amount, OrderName: "Top-up");

    public async Task<ProviderAnswer> ConfirmAsync(Guid topUpId, long amount, string paymentId, CancellationToken ct)
    {
        var body = JsonContent.Create(
            new Confirmation(paymentId, topUpId.ToString(), amount), options: JsonSerializerOptions.Web);
        var answer = await SendAsync(HttpMethod.Post, "/v1/payments/confirm", body, $"{topUpId}-{paymentId}", ct);
        return answer is Ambiguous ? await LookUpAsync(topUpId, ct) : answer;
    }

    public async Task<ProviderAnswer> LookUpAsync(Guid topUpId, CancellationToken ct)
    {
        var answer = await SendAsync(HttpMethod.Get, $"/v1/payments/orders/{topUpId}", content: null, key: null, ct);
        return answer is Ambiguous ? new ProviderAnswer.NotTaken() : answer;
    }

    private async Task<ProviderAnswer> SendAsync(
        HttpMethod method, string path, HttpContent? content, string? key, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, $"{options.Value.Toss.BaseAddress.TrimEnd('/')}{path}");
        request.Content = content;
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.Value.Toss.SecretKey}:")));
        // A repeat of a confirm is the same request there too.
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var response = await client.SendAsync(request, ct);
            // JSON is UTF-8, whatever charset its header names.
            await using var body = await response.Content.ReadAsStreamAsync(ct);
            return response.IsSuccessStatusCode
                ? Read(await JsonSerializer.DeserializeAsync<Payment>(body, JsonSerializerOptions.Web, ct))
                : Refused(
                    response.StatusCode,
                    await JsonSerializer.DeserializeAsync<Failure>(body, JsonSerializerOptions.Web, ct));
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException)
        {
            return new ProviderAnswer.None($"{error.GetType().Name}: {error.Message}");
        }
    }

    private static ProviderAnswer Read(Payment? payment) => payment switch
    {
        { PaymentKey: { } key } when !ProviderAnswer.IsPaymentId(key) =>
            new ProviderAnswer.None("The answer's payment key is no text of visible ASCII characters."),
        { Status: "DONE", PaymentKey: { } key, OrderId: { } order, Currency: null or "KRW" }
            when Whole(payment.TotalAmount) is { } amount => new ProviderAnswer.Taken(key, order, amount),
        // Some of what was taken was given back there: the rest stands.
        { Status: "PARTIAL_CANCELED", PaymentKey: { } key, OrderId: { } order, Currency: null or "KRW" }
            when Whole(payment.TotalAmount) is { } amount && Whole(payment.BalanceAmount) is { } rest
                && rest > 0 && rest <= amount => new ProviderAnswer.Taken(key, order, amount, amount - rest),
        { Status: "ABORTED" or "CANCELED" } => new ProviderAnswer.Declined(payment.Status),
        // IN_PROGRESS is authenticated, and waits for its confirm.
        { Status: "EXPIRED" or "READY" or "IN_PROGRESS" } => new ProviderAnswer.NotTaken(),
        { Status: "WAITING_FOR_DEPOSIT" } => new ProviderAnswer.UnderWay(),
        _ => new ProviderAnswer.None("The answer names no state of a payment in KRW."),
    };

    private static long? Whole(JsonElement amount) =>
        amount.ValueKind == JsonValueKind.Number && amount.TryGetInt64(out var whole) ? whole : null;

    private static ProviderAnswer Refused(HttpStatusCode status, Failure? failure)
    {
        var code = failure?.Code ?? "";
        if ((int)status >= 500 || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
            || code.Length == 0 || Unanswered.Contains(code))
            return new ProviderAnswer.None($"{(int)status} {Cut(code)}");
        if (Mismatches.Contains(code))
            return new ProviderAnswer.NotTaken();
        return Settled.Contains(code) ? new Ambiguous() : new ProviderAnswer.Declined(Cut(code));
    }

    private static string Cut(string code) =>
        new([.. code.Where(letter => letter is > ' ' and < '\x7f').Take(ReasonLength)]);

    private sealed record Ambiguous : ProviderAnswer;
}
