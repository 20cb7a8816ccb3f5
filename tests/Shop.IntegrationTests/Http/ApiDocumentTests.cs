using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Http;

/// <summary>
/// The API document against the endpoints. Against real answers it is held by every test that calls the shop
/// (<see cref="DocumentedApi"/>).
/// </summary>
public sealed partial class ApiDocumentTests : ShopTest
{
    private static readonly string[] Codes =
    [
        "audit.in_progress", "auth.forbidden", "auth.unauthenticated", "catalog.category_depth",
        "catalog.category_not_found", "catalog.import_not_found", "catalog.not_for_sale", "catalog.out_of_stock",
        "catalog.product_not_found", "catalog.purchase_limit_exceeded", "catalog.search_too_broad", "catalog.sku_taken",
        "catalog.stock_limit_exceeded", "catalog.stock_would_go_negative", "catalog.too_many_categories",
        "coupons.already_issued", "coupons.already_requested", "coupons.already_used", "coupons.code_not_found",
        "coupons.code_taken", "coupons.code_used", "coupons.expired",
        "coupons.in_use", "coupons.issue_ended", "coupons.issue_not_started", "coupons.minimum_order_amount",
        "coupons.no_discount", "coupons.not_applicable",
        "coupons.not_found",
        "coupons.not_yet_valid", "coupons.other_issuance", "coupons.quantity_below_issued",
        "coupons.request_not_found", "coupons.request_settled", "coupons.revoked",
        "coupons.sold_out", "coupons.stopped",
        "coupons.user_coupon_not_found", "idempotency.answer_not_kept", "idempotency.in_progress",
        "idempotency.invalid_key", "idempotency.key_reused", "identity.api_key_not_found", "identity.email_taken",
        "identity.email_unverified", "identity.external_profile",
        "identity.has_balance", "identity.has_open_orders",
        "identity.invalid_credentials", "identity.invalid_token", "identity.last_admin", "identity.locked_out",
        "identity.registration_closed", "identity.session_not_found", "identity.too_many_staff",
        "internal", "not_found", "orders.empty_cart", "orders.not_cancellable", "orders.not_found",
        "orders.not_fulfillable", "orders.not_in_cart", "orders.not_payable", "orders.not_refundable",
        "orders.refund_exceeds", "orders.too_many_lines", "orders.too_many_open", "orders.total_changed",
        "outbox.dead_letter_not_found",
        "payload_too_large", "payments.insufficient_balance", "payments.not_found", "precondition_failed",
        "rate_limited", "request_timeout", "unavailable", "unsupported_media_type", "validation",
        "wallet.below_minimum_charge", "wallet.daily_limit_exceeded", "wallet.insufficient_balance",
        "wallet.maximum_balance_exceeded",
        "wallet.payment_mismatch", "wallet.too_many_top_ups", "wallet.top_up_expired", "wallet.top_up_in_progress",
        "wallet.top_up_not_found", "wallet.user_not_found", "webhooks.inner_address", "webhooks.not_found",
        "webhooks.too_many",
    ];

    [Fact]
    public async Task The_document_has_every_endpoint_and_no_other()
    {
        var documented = Operations(await DocumentAsync()).Select(operation => operation.Name);
        Assert.Equal(
            Endpoints().Select(NameOf).Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_operation_is_described_whole()
    {
        var operations = Operations(await DocumentAsync()).ToDictionary(
            operation => operation.Name, operation => operation.Description);
        Assert.True(operations.Count >= 40);
        var faults = string.Join('\n', Endpoints().SelectMany(endpoint =>
            Faults(endpoint, operations[NameOf(endpoint)]).Select(fault => $"{NameOf(endpoint)}: {fault}")));
        Assert.True(faults.Length == 0, faults);
    }

    [Fact]
    public async Task Every_code_is_in_the_document()
    {
        var codes = Operations(await DocumentAsync())
            .SelectMany(operation => CodesOf(operation.Description))
            .Distinct();
        Assert.Equal(Codes, codes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_file_of_calls_has_every_operation()
    {
        var calls = (await File.ReadAllLinesAsync(RootFiles.Of("shop.http")))
            .Select(line => Call().Match(line))
            .Where(call => call.Success)
            .Select(call => $"{call.Groups["method"].Value} /api/v1{PathOf(call.Groups["path"].Value)}")
            .ToHashSet();
        var endpoints = Endpoints().Select(NameOf).ToHashSet();
        var missing = endpoints.Except(calls).Select(name => $"shop.http has no call of {name}.");
        var superfluous = calls.Except(endpoints).Select(name => $"shop.http calls {name}, which there is not.");
        var faults = string.Join('\n', missing.Concat(superfluous));
        Assert.True(faults.Length == 0, faults);

        static string PathOf(string path) => path
            .Replace("{{", "{", StringComparison.Ordinal)
            .Replace("}}", "}", StringComparison.Ordinal)
            .Replace("{letterId}", "{id}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_tag_is_described()
    {
        var document = await DocumentAsync();
        var used = Operations(document)
            .SelectMany(operation => operation.Description.GetProperty("tags").EnumerateArray())
            .Select(tag => tag.GetString()!);
        var described = document.GetProperty("tags")
            .EnumerateArray()
            .Select(tag => tag.GetProperty("name").GetString()!);
        Assert.Equal(used.Distinct().Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_list_and_text_in_a_body_has_a_maximum()
    {
        var document = await DocumentAsync();
        var bodies = WithBody(document)
            .Select(operation => (operation.Name, Members: BodyMembers.Of(operation.Description, document)))
            .ToList();

        Assert.Empty(bodies.SelectMany(body => body.Members
            .Where(member => member is { IsTextOrList: true, Maximum: null })
            .Select(member => $"{body.Name}: {member.Path}")));
        Assert.True(bodies.Sum(body => body.Members.Count(member => member.Maximum is not null)) >= 15);
    }

    [Fact]
    public async Task What_is_longer_than_its_maximum_is_refused()
    {
        var document = await DocumentAsync();
        // As a page of the shop: calls that set a cookie refuse others first.
        var http = Shop.CreateClient();
        http.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        var page = new ShopClient(http, Shop.Services, Admin.AccessToken);
        foreach (var (name, operation) in WithBody(document))
        {
            var (method, path) = (HttpMethod.Parse(name.Split(' ')[0]), PathOf(name.Split(' ')[1], operation));
            foreach (var member in BodyMembers.Of(operation, document).Where(member => member.Maximum is not null))
            {
                var body = member.TooLong(Example(operation));
                var answer = await page.SendRawAsync(method, path["/api/v1".Length..], body);
                Assert.True(Blames(answer, member.Path), $"{name} {member.Path}: {answer.Text}");
            }
        }
    }

    [Fact]
    public async Task What_is_not_described_is_found()
    {
        var charge = Endpoints().Single(endpoint => NameOf(endpoint) == "POST /api/v1/users/{userId}/balance/charges");
        var faults = Faults(charge, JsonDocument.Parse("""
            {"parameters": [{"name": "userId", "in": "path", "schema": {}}],
            "requestBody": {"content": {"application/json": {}}}, "responses": {"200": {}, "400": {}}}
            """).RootElement).ToList();
        Assert.Equal(
            [
                "no summary",
                "no operationId",
                "no tag",
                "no security",
                "no description of userId",
                "no example",
                "no schema of 200",
                "no code for 400",
                "no Idempotency-Key",
            ],
            faults);
    }

    [Theory]
    [InlineData(
        HttpStatusCode.Conflict,
        "application/problem+json",
        """{"code": "orders.not_found"}""",
        "no code orders.not_found")]
    [InlineData(HttpStatusCode.Conflict, "application/json", "{}", "no content type application/json")]
    [InlineData(HttpStatusCode.Accepted, "application/json", "{}", "no status 202")]
    [InlineData(HttpStatusCode.OK, "application/json", """{"userId": 1, "balance": 2}""", " has no transactionId")]
    [InlineData(
        HttpStatusCode.OK,
        "application/json",
        """{"userId": 1, "balance": "2", "transactionId": 3}""",
        ".balance is string, not integer")]
    [InlineData(
        HttpStatusCode.OK,
        "application/json",
        """{"userId": 1, "balance": 2, "transactionId": 3, "debt": 4}""",
        " has no debt in it")]
    [InlineData(HttpStatusCode.OK, "application/json", """{"userId": 1, "balance": 2, "transactionId": 3}""", null)]
    public async Task An_answer_that_the_document_does_not_promise_is_found(
        HttpStatusCode status, string contentType, string body, string? fault) =>
        Assert.Equal(
            fault,
            new DocumentedApi(await DocumentAsync()).Fault(
                HttpMethod.Post, "/api/v1/users/1/balance/charges", (int)status, contentType, body));

    private IEnumerable<string> Faults(RouteEndpoint endpoint, JsonElement operation)
    {
        foreach (var member in (string[])["summary", "operationId"])
        {
            if (!operation.TryGetProperty(member, out _))
                yield return $"no {member}";
        }

        if (!operation.TryGetProperty("tags", out _))
            yield return "no tag";
        if (operation.TryGetProperty(
            "security", out _) == (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null))
            yield return "no security";
        foreach (var parameter in Parameters(operation).Where(
            parameter => !parameter.TryGetProperty("description", out _)))
            yield return $"no description of {parameter.GetProperty("name")}";
        foreach (var parameter in Parameters(operation).Where(
            parameter => !IsHeader(parameter) && char.IsUpper(parameter.GetProperty("name").GetString()![0])))
            yield return $"{parameter.GetProperty("name")} is not in camelCase";
        if (endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is { } accepts
            && !HasExample(operation, accepts.RequestType!))
            yield return "no example";
        foreach (var answer in operation.GetProperty("responses").EnumerateObject())
        {
            if (answer.Name[0] == '2' && answer.Name != "204" && !answer.Value.TryGetProperty("content", out _))
                yield return $"no schema of {answer.Name}";
            if (answer.Name[0] > '3' && !CodesOf(answer).Any())
                yield return $"no code for {answer.Name}";
        }

        if (endpoint.Metadata.GetMetadata<Shop.BuildingBlocks.Http.HonoursIdempotencyKey>() is not null
            && !Parameters(operation).Any(IsKey))
            yield return "no Idempotency-Key";
    }

    // The example is a body that the endpoint can read.
    private bool HasExample(JsonElement operation, Type type)
    {
        var json = Shop.Services.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        return operation
            .GetProperty("requestBody")
            .GetProperty("content")
            .EnumerateObject().Single().Value
            .TryGetProperty("example", out var example)
            && example.Deserialize(type, json) is not null;
    }

    private async Task<JsonElement> DocumentAsync() =>
        (await Anonymous.GetAsync("//openapi/v1.json")).Expect(HttpStatusCode.OK).Body;

    private IEnumerable<RouteEndpoint> Endpoints() => Shop.Services.GetRequiredService<EndpointDataSource>().Endpoints
        .OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal));

    private static IEnumerable<(string Name, JsonElement Description)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select ($"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value);

    private static IEnumerable<string> CodesOf(JsonElement operation) =>
        operation.GetProperty("responses").EnumerateObject().SelectMany(CodesOf);

    private static IEnumerable<string> CodesOf(JsonProperty answer) =>
        answer.Value.TryGetProperty("content", out var content)
            && content.TryGetProperty("application/problem+json", out var problem)
            ? problem
                .GetProperty("schema")
                .GetProperty("properties")
                .GetProperty("code")
                .GetProperty("enum")
                .EnumerateArray()
                .Select(code => code.GetString()!)
            : [];

    private static JsonElement.ArrayEnumerator Parameters(JsonElement operation) =>
        operation.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray() : default;

    private static bool IsKey(JsonElement parameter) =>
        parameter.GetProperty("name").GetString() == "Idempotency-Key"
            && parameter.GetProperty("in").GetString() == "header";

    private static bool IsHeader(JsonElement parameter) => parameter.GetProperty("in").GetString() == "header";

    private static IEnumerable<(string Name, JsonElement Description)> WithBody(JsonElement document) =>
        Operations(document).Where(operation => operation.Description.TryGetProperty("requestBody", out _));

    private static string PathOf(string template, JsonElement operation) => Identifier().Replace(template, id =>
    {
        var name = id.Groups["name"].Value;
        var parameter = Parameters(operation).Single(known => known.GetProperty("name").GetString() == name);
        var hasFormat = parameter.GetProperty("schema").TryGetProperty("format", out var format);
        return hasFormat && format.GetString() == "uuid" ? $"{Guid.Empty}" : "1";
    });

    private static JsonObject Example(JsonElement operation) =>
        JsonNode.Parse(BodyMembers.Content(operation).GetProperty("example").GetRawText())!.AsObject();

    private static bool Blames(Answer answer, string member) =>
        answer.Status == HttpStatusCode.BadRequest
        && answer.Body.TryGetProperty("errors", out var errors) && errors.TryGetProperty(member, out _);

    private static string NameOf(RouteEndpoint endpoint) =>
        $"{endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0]} /{Constraint().Replace(
            endpoint.RoutePattern.RawText!.Trim('/'), "}")}";

    [GeneratedRegex(
        @"^(?<method>[A-Z]+) \{\{api\}\}(?<path>[^?]*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Call();

    [GeneratedRegex(@"\{(?<name>\w+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Identifier();

    [GeneratedRegex(@":\w+\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Constraint();
}
