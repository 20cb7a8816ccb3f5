using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Protection;

/// <summary>Bodies that are slow, huge, endless or not what they say, on real sockets.</summary>
public sealed class BodyTests : ShopTest
{
    private const string Json = "Content-Type: application/json";
    private const string Chunked = "Transfer-Encoding: chunked";
    private const string Sessions = "/api/v1/sessions";
    private const string WrongPassword = """{"email": "nobody@example.com", "password": "wrong password"}""";

    private Uri Address => Anonymous.Address;

    [Fact]
    public async Task A_body_that_does_not_arrive_is_408_and_the_connection_is_closed()
    {
        using var slow = await RawConnection.OpenAsync(Address);
        var watch = Stopwatch.StartNew();
        await slow.SendAsync("POST", Sessions, [Json, "Content-Length: 100"], """{"email": """);
        var answer = (await slow.ReadAsync()).ExpectProblem(HttpStatusCode.RequestTimeout, "request_timeout");
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(4.5), TimeSpan.FromSeconds(20));
        Assert.Equal("close", answer.Headers["Connection"]);
        Assert.True(await slow.IsClosedAsync());
    }

    [Fact]
    public async Task Slow_bodies_hold_no_permit_and_a_network_has_few_of_them()
    {
        await using var host = await StartHostAsync(
            ("Overload:MaximumConcurrency", "1"), ("RateLimiting:UnfinishedBodies", "30"));
        var reader = host.Client();
        var slow = await Task.WhenAll(Enumerable.Range(0, 130).Select(async _ =>
        {
            var connection = await RawConnection.OpenAsync(reader.Address);
            await connection.SendAsync("POST", Sessions, [Json, "Content-Length: 60000"], "{");
            return connection;
        }));
        // One from elsewhere, announced without a length.
        var other = await RawConnection.OpenAsync(reader.Address, from: "127.0.0.2");
        await other.SendAsync("POST", Sessions, [Json, Chunked], "ea60\r\n{");

        for (var i = 0; i < 20; i++)
            (await reader.GetAsync("/products")).Expect(HttpStatusCode.OK);

        var answers = await Task.WhenAll(slow.Select(connection => connection.ReadAsync()));
        var refused = answers.Where(answer => answer.Status == 429).ToList();
        Assert.Equal(100, refused.Count);
        foreach (var answer in refused)
        {
            answer.ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.Equal("1", answer.Headers["Retry-After"]);
        }

        foreach (var answer in answers.Except(refused))
            answer.ExpectProblem(HttpStatusCode.RequestTimeout, "request_timeout");
        (await other.ReadAsync()).ExpectProblem(HttpStatusCode.RequestTimeout, "request_timeout");
        foreach (var connection in slow.Append(other))
            connection.Dispose();

        using var after = await RawConnection.OpenAsync(reader.Address);
        await SendInPiecesAsync(after);
        (await after.ReadAsync()).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
    }

    [Theory]
    [InlineData("RateLimiting:Enabled", "false")]
    [InlineData("Http:KnownProxies", "127.0.0.0/8")]
    public async Task Slow_bodies_are_not_counted_for_known_proxies_nor_where_limits_are_off(string name, string value)
    {
        await using var host = await StartHostAsync((name, value), ("RateLimiting:UnfinishedBodies", "1"));
        var address = host.Client().Address;
        var slow = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            var connection = await RawConnection.OpenAsync(address);
            await connection.SendAsync("POST", Sessions, [Json, "Content-Length: 100"], "{");
            return connection;
        }));
        foreach (var connection in slow)
        {
            (await connection.ReadAsync()).ExpectProblem(HttpStatusCode.RequestTimeout, "request_timeout");
            connection.Dispose();
        }
    }

    [Fact]
    public async Task Behind_a_known_proxy_each_client_has_its_own_few()
    {
        await using var host = await StartHostAsync(
            ("Http:KnownProxies", "127.0.0.1"), ("RateLimiting:UnfinishedBodies", "1"));
        var address = host.Client().Address;
        string[] clients = ["198.51.100.1", "198.51.100.1", "198.51.100.2"];
        var statuses = await Task.WhenAll(clients.Select(async client =>
        {
            using var connection = await RawConnection.OpenAsync(address);
            string[] headers = [Json, $"X-Forwarded-For: {client}", "Content-Length: 100"];
            await connection.SendAsync("POST", Sessions, headers, "{");
            return (await connection.ReadAsync()).Status;
        }));
        Assert.Equal([408, 429], statuses[..2].Order());
        Assert.Equal(408, statuses[2]);
    }

    [Fact]
    public async Task A_body_that_arrives_in_pieces_is_read_whole_with_and_without_a_key()
    {
        var customer = await SignUpAsync();
        var charges = $"/users/{customer.UserId}/balance/charges";
        string[][] variants = [[], ["Idempotency-Key: pieces"], [Chunked, "Idempotency-Key: chunks"]];
        foreach (var headers in variants)
        {
            using var connection = await RawConnection.OpenAsync(Address);
            await SendInPiecesAsync(
                connection, $"/api/v1{charges}", """{"amount": 1000}""", [TokenOf(customer.Client), .. headers]);
            var answer = await connection.ReadAsync();
            Assert.True(answer.Status == 200, answer.Body);
        }

        Assert.Equal(3_000, await customer.BalanceAsync());
        Assert.True((await customer.PostWithKeyAsync("chunks", charges, new { amount = 1000 })).IsReplay);
        Assert.Equal(3_000, await customer.BalanceAsync());
    }

    [Theory]
    [InlineData("65537")]
    [InlineData("1048577")]
    [InlineData("2000000000")]
    [InlineData("3000000000")]
    [InlineData("9223372036854775807")]
    public async Task A_length_over_the_limit_is_413_before_a_byte_of_it_is_there(string length)
    {
        var customer = await SignUpAsync();
        var token = TokenOf(customer.Client);
        string[][] variants = [[], [token], [token, "Idempotency-Key: huge"]];
        foreach (var headers in variants)
        {
            using var connection = await RawConnection.OpenAsync(Address);
            var charges = $"/api/v1/users/{customer.UserId}/balance/charges";
            await connection.SendAsync("POST", charges, [Json, $"Content-Length: {length}", .. headers], "{");
            (await connection.ReadAsync()).ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "payload_too_large");
        }
    }

    [Theory]
    [InlineData(70_000, false)]
    [InlineData(1_000_000, false)]
    [InlineData(70_000, true)]
    [InlineData(1_000_000, true)]
    public async Task A_client_that_sends_somewhat_too_much_gets_to_read_why(int length, bool chunked)
    {
        using var connection = await RawConnection.OpenAsync(Address);
        var body = new string('x', length);
        if (chunked)
            await connection.SendAsync("POST", Sessions, [Json, Chunked], $"{length:x}\r\n{body}\r\n0\r\n\r\n");
        else
            await connection.SendAsync("POST", Sessions, [Json, $"Content-Length: {length}"], body);
        (await connection.ReadAsync()).ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "payload_too_large");

        // The rest has been drained: the connection goes on.
        await SendInPiecesAsync(connection);
        (await connection.ReadAsync()).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
    }

    [Theory]
    [InlineData("ffffffff", HttpStatusCode.BadRequest, "validation")]
    [InlineData("ffffffffffffffff", HttpStatusCode.BadRequest, "validation")]
    [InlineData("7fffffff", HttpStatusCode.RequestEntityTooLarge, "payload_too_large")]
    [InlineData("-1", HttpStatusCode.BadRequest, "validation")]
    [InlineData("zz", HttpStatusCode.BadRequest, "validation")]
    public async Task A_chunk_size_that_makes_no_sense_is_refused(string size, HttpStatusCode status, string code)
    {
        string[][] variants = [[], ["Idempotency-Key: chunk"]];
        foreach (var headers in variants)
        {
            using var connection = await RawConnection.OpenAsync(Address);
            var body = $"{size}\r\n{{}}{new string(' ', 70_000)}";
            await connection.SendAsync("POST", "/api/v1/orders", [Json, Chunked, TokenOf(Admin), .. headers], body);
            (await connection.ReadAsync()).ExpectProblem(status, code);
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("x-anything")]
    public async Task A_body_with_a_content_encoding_is_415_and_nothing_is_done(string encoding)
    {
        var customer = await SignUpAsync();
        using var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Add("Authorization", $"Bearer {customer.Client.AccessToken}");
        byte[][] bodies = [Compressed("""{"amount": 1000}"""), Encoding.UTF8.GetBytes("""{"amount": 1000}""")];
        foreach (var body in bodies)
        {
            using var content = new ByteArrayContent(body);
            content.Headers.Add("Content-Type", "application/json");
            content.Headers.Add("Content-Encoding", encoding);
            using var answer = await http.PostAsync($"/api/v1/users/{customer.UserId}/balance/charges", content);
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
            Assert.Equal(["identity"], answer.Headers.GetValues("Accept-Encoding"));
            var text = await answer.Content.ReadAsStringAsync();
            Assert.Contains("unsupported_media_type", text, StringComparison.Ordinal);
        }

        Assert.Equal(0, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_body_where_none_is_read_leaves_the_connection_in_order()
    {
        using var connection = await RawConnection.OpenAsync(Address);
        Assert.Equal(200, await StatusOfAsync("GET", "/api/v1/products"));
        Assert.Equal(404, await StatusOfAsync("POST", "/api/v1/nothing"));
        Assert.Equal(405, await StatusOfAsync("DELETE", "/api/v1/products"));
        Assert.Equal(200, await StatusOfAsync("GET", "/health/live"));

        async Task<int> StatusOfAsync(string method, string path)
        {
            await connection.SendAsync(method, path, [Json, "Content-Length: 9"], """{"a": 12}""");
            return (await connection.ReadAsync()).Status;
        }
    }

    private Task<ShopHost> StartHostAsync(params (string Name, string Value)[] settings) => ShopHost.StartAsync(
        Shop.ConnectionString, settings.ToDictionary(setting => setting.Name, setting => setting.Value));

    private static string TokenOf(ShopClient client) => $"Authorization: Bearer {client.AccessToken}";

    private static async Task SendInPiecesAsync(
        RawConnection connection, string path = Sessions, string body = WrongPassword, params string[] headers)
    {
        var isChunked = headers.Contains(Chunked);
        string[] length = isChunked ? [] : [$"Content-Length: {body.Length}"];
        await connection.SendAsync("POST", path, [Json, .. length, .. headers]);
        foreach (var piece in body.Chunk(7))
            await connection.SendAsync(isChunked ? $"{piece.Length:x}\r\n{new string(piece)}\r\n" : new string(piece));
        if (isChunked)
            await connection.SendAsync("0\r\n\r\n");
    }

    private static byte[] Compressed(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionMode.Compress))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }
}
