using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Shop.IntegrationTests.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Shop.IntegrationTests.Fuzz;

/// <summary>
/// Thousands of requests that nobody sensible sends, to every operation of the API document: no 5xx, no hang, every
/// refusal a problem with a code, and the books in order afterwards. A failure names the seed; with it in the
/// environment the same requests are sent again.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output) : ShopTest, IDisposable
{
    private const string SeedVariable = "SHOP_FUZZ_SEED";
    private const int Requests = 4_000;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, string[]> known = [];
    private readonly SortedDictionary<int, int> statuses = [];
    private readonly CapturedLog log = new();
    private string[] tokens = [];
    private string[] emails = [];

    public void Dispose() => log.Dispose();

    private protected override Task<ShopHost> StartAsync() =>
        ShopHost.StartAsync(
            new Dictionary<string, string> { ["RateLimiting:Enabled"] = "false" },
            services => log.AddTo(services, LogLevel.Error));

    [Fact]
    public async Task No_input_brings_the_shop_down()
    {
        var seed = int.TryParse(
            Environment.GetEnvironmentVariable(SeedVariable),
            CultureInfo.InvariantCulture,
            out var given) ? given : Random.Shared.Next();
        output.WriteLine($"{SeedVariable}={seed}");
        var random = new Random(seed);
        await OpenAsync();
        var operations = ApiOperation.Of(
            (await Anonymous.GetAsync("//openapi/v1.json")).Expect(HttpStatusCode.OK).Body);
        Assert.True(operations.Count >= 30, $"Only {operations.Count} operations.");

        using var http = new HttpClient { BaseAddress = Shop.Client().Address, Timeout = Timeout };
        var hostile = new Hostile(random, known);
        for (var i = 0; i < Requests; i++)
            await SendAsync(
                http, operations[i % operations.Count], hostile, random, $"{SeedVariable}={seed}, request {i}");

        output.WriteLine(string.Join(", ", statuses.Select(status => $"{status.Key}: {status.Value}")));
        // It got through to the handlers, and was refused by them.
        Assert.True(statuses.Where(status => status.Key < 300).Sum(status => status.Value) > Requests / 50);
        Assert.True(statuses.Keys.Intersect([400, 401, 403, 404, 409]).Count() == 5);

        await Shop.DeliverEventsAsync();
        Assert.True((await Shop.Client(tokens[0]).GetAsync("/admin/audit")).Expect(
            HttpStatusCode.OK)["consistent"].GetBoolean());
    }

    private async Task OpenAsync()
    {
        var customer = await SignUpAsync(balance: 1_000_000);
        var other = await SignUpAsync(balance: 1_000);
        var products = new[]
        {
            await CreateProductAsync(price: 10, stock: 100_000),
            await CreateProductAsync(price: 999, stock: 3),
        };
        var coupon = (await Admin.PostAsync("/admin/coupons", new
        {
            name = "Fuzz",
            discount = new { type = "PERCENT", value = 10 },
            quantity = 50,
            issueFrom = DateTimeOffset.UtcNow.AddDays(-1),
            issueUntil = DateTimeOffset.UtcNow.AddDays(1),
            validUntil = DateTimeOffset.UtcNow.AddDays(2),
        })).Expect(HttpStatusCode.Created)["couponId"].GetInt64();
        var held = (await customer.PostAsync($"/coupons/{coupon}/issue", new { userId = customer.UserId }))
            .Expect(HttpStatusCode.Created)["userCouponId"]
            .GetInt64();
        var request = (await other.PostAsync($"/coupons/{coupon}/requests", new { userId = other.UserId }))
            .Expect(HttpStatusCode.Accepted)["requestId"]
            .GetString()!;
        var paid = await customer.PlaceAsync((products[0], 1));
        var payment = (await customer.PayAsync(paid)).Expect(HttpStatusCode.Created)["paymentId"].GetString()!;

        known["userId"] = [$"{customer.UserId}", $"{other.UserId}"];
        known["productId"] = [.. products.Select(product => $"{product}")];
        known["couponId"] = [$"{coupon}"];
        known["userCouponId"] = [$"{held}"];
        known["requestId"] = [request];
        known["paymentId"] = [payment];
        known["orderId"] =
        [
            $"{paid}", $"{await customer.PlaceAsync((products[0], 2))}", $"{await other.PlaceAsync((products[0], 3))}",
        ];
        tokens = [.. new[] { Admin, customer.Client, other.Client }.Select(client => client.AccessToken!)];
        emails = [customer.Email, other.Email];
    }

    // A request may have ended the sessions that the others need, or changed a role or a status.
    private async Task SignInAgainAsync()
    {
        await Shop.ExecuteAsync("""
            update identity.users set status = 'ACTIVE', role = case when email like 'admin@%' then 'ADMIN'
                else 'CUSTOMER' end where status <> 'ERASED'
            """);
        var living = await Shop.QueryAsync<string[]>(
            "select array_agg(email::text) from identity.users where status = 'ACTIVE'");
        tokens = [await SignInAsync("admin@shop.local", "admin-password"), .. await Task.WhenAll(
            emails.Where(living.Contains).Select(email => SignInAsync(email, "correct horse")))];
    }

    private async Task SendAsync(HttpClient http, ApiOperation operation, Hostile hostile, Random random, string which)
    {
        using var request = Request(operation, hostile, random);
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        }
        catch (Exception hang) when (hang is TaskCanceledException or HttpRequestException)
        {
            Assert.Fail($"{which}: {request.Method} {request.RequestUri}: no answer: {hang.InnerException ?? hang}");
            throw;
        }

        using (response)
        {
            var status = (int)response.StatusCode;
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            // A stream has no end to wait for.
            if (status < 400 && response.Content.Headers.ContentType?.MediaType == "text/event-stream")
                return;
            if (status < 300 && (operation.Path.Contains("/sessions") || operation.Path.Contains("/admin/users/")))
                await SignInAgainAsync();
            var text = await response.Content.ReadAsStringAsync();
            // The server rejects invalid HTTP without a body.
            if (status is 400
                && text.Length == 0
                && request.RequestUri!.OriginalString.Contains("%00", StringComparison.Ordinal))
                return;
            Assert.True(
                status < 400 || (status < 500 && IsProblem(response, text)),
                $"{which}: {request.Method} {request.RequestUri}: {status} {text} {LastError()}");
            (await DocumentedApi.OfAsync(Shop.Services)).Check(
                request.Method, request.RequestUri!.AbsolutePath, response, text);
        }
    }

    private Exception? LastError() =>
        log.Entries.LastOrDefault(entry => entry.Level == LogLevel.Error)?.Error;

    private HttpRequestMessage Request(ApiOperation operation, Hostile hostile, Random random)
    {
        hostile.Begin();
        var path = operation.Path;
        var query = new List<string>();
        foreach (var parameter in operation.Parameters)
        {
            var text = Uri.EscapeDataString(hostile.Text(parameter));
            if (parameter.IsInPath)
                path = path.Replace(
                    $"{{{parameter.Name}}}", text is "" or "." or ".." ? "0" : text, StringComparison.Ordinal);
            else if (random.Next(3) > 0)
                query.Add($"{parameter.Name}={text}");
        }

        var request = new HttpRequestMessage(
            operation.Method,
            new Uri($"{path}{(query.Count > 0 ? "?" : "")}{string.Join('&', query)}", UriKind.Relative));
        if (operation.Body is { } schema)
        {
            var body = hostile.Body(schema);
            request.Content = new ByteArrayContent(body);
            // Too large a body is refused while it is being sent, and then nobody may be left to read the answer: it
            // asks first.
            request.Headers.ExpectContinue = body.Length > 64 * 1024;
            request.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType(random, operation.BodyType!));
        }

        if (random.Next(12) is var token and > 0)
            request.Headers.TryAddWithoutValidation(
                "Authorization",
                token == 1
                    ? $"Bearer {tokens[^1][..^random.Next(1, 20)]}x"
                    : $"Bearer {tokens[token % tokens.Length]}");
        if (random.Next(4) == 0)
            request.Headers.TryAddWithoutValidation(
                "Idempotency-Key", random.Next(6) == 0 ? "not one key" : $"key-{random.Next(200)}");
        return request;
    }

    private static string ContentType(Random random, string documented) => random.Next(20) switch
    {
        0 => "text/plain",
        1 => "application/json; charset=utf-16",
        2 => "application/x-www-form-urlencoded",
        3 => "application/json; charset=\"nope",
        _ => documented,
    };

    private static bool IsProblem(HttpResponseMessage response, string text)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return false;
        using var problem = JsonDocument.Parse(text);
        return problem.RootElement.TryGetProperty("code", out var code) && !string.IsNullOrEmpty(code.GetString());
    }
}
