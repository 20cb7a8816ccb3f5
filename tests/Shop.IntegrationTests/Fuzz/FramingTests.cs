using System.Globalization;
using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Shop.IntegrationTests.Fuzz;

/// <summary>
/// Bodies whose length is a lie, on every operation that takes one: no 5xx, no hang, and a shop that goes on. A failure
/// names the seed.
/// </summary>
public sealed class FramingTests(ITestOutputHelper output) : ShopTest
{
    private const string SeedVariable = "SHOP_FUZZ_SEED";
    private const int Requests = 400;

    private static readonly string[] Lengths =
    [
        "0", "1", "2", "65536", "65537", "1048577", "2147483647", "2147483648", "3000000000", "4294967295",
        "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616", "-1", "+2", "2, 2", "2,3",
        "0x10",
        "1e3", "", "2\r\nContent-Length: 3",
    ];

    private static readonly string[] ChunkSizes =
    [
        "0", "1", "2", "10000", "10001", "7fffffff", "80000000", "ffffffff", "100000000", "7fffffffffffffff",
        "ffffffffffffffff", "-1", "+2", " 2", "2 ", "2;a=b", "2;", "0x2", "g", "", "00000000000000000000000002", "2\n",
    ];

    private readonly SortedDictionary<int, int> statuses = [];

    [Fact]
    public async Task No_length_and_no_chunk_size_brings_the_shop_down()
    {
        var variable = Environment.GetEnvironmentVariable(SeedVariable);
        var seed = int.TryParse(variable, CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        output.WriteLine($"{SeedVariable}={seed}");
        var random = new Random(seed);
        var document = (await Anonymous.GetAsync("//openapi/v1.json")).Expect(HttpStatusCode.OK).Body;
        var operations = ApiOperation.Of(document).Where(operation => operation.Body is not null).ToList();
        Assert.True(operations.Count >= 10, $"Only {operations.Count} operations.");
        for (var i = 0; i < Requests; i++)
            await SendAsync(operations[i % operations.Count], random, $"{SeedVariable}={seed}, request {i}");

        output.WriteLine(string.Join(", ", statuses.Select(status => $"{status.Key}: {status.Value}")));
        Assert.True(statuses[400] > 10 && statuses[413] > 10);
        (await Anonymous.GetAsync("/products")).Expect(HttpStatusCode.OK);
    }

    private async Task SendAsync(ApiOperation operation, Random random, string which)
    {
        var headers = new List<string> { "Content-Type: application/json" };
        if (random.Next(4) > 0)
            headers.Add($"Authorization: Bearer {Admin.AccessToken}");
        if (random.Next(2) == 0)
            headers.Add($"Idempotency-Key: {Guid.NewGuid()}");
        var isChunked = random.Next(2) == 0;
        var length = isChunked ? ChunkSizes[random.Next(ChunkSizes.Length)] : Lengths[random.Next(Lengths.Length)];
        headers.Add(isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {length}");
        var content = random.Next(3) == 0 ? new string('x', 70_000) : "{}";
        var path = operation.Path;
        foreach (var parameter in operation.Parameters.Where(parameter => parameter.IsInPath))
            path = path.Replace($"{{{parameter.Name}}}", "1", StringComparison.Ordinal);

        using var connection = await RawConnection.OpenAsync(Anonymous.Address);
        try
        {
            var body = isChunked ? $"{length}\r\n{content}\r\n0\r\n\r\n" : content;
            await connection.SendAsync(operation.Method.Method, path, headers, body);
            connection.EndSending();
            var answer = await connection.ReadAsync();
            statuses[answer.Status] = statuses.GetValueOrDefault(answer.Status) + 1;
            Assert.True(answer.Status < 500, $"{which}: {operation.Method} {path}, length {length}: {answer.Body}");
        }
        catch (IOException)
        {
            // Closed while it was sent, or without an answer, which the server may do to what is not HTTP.
        }
    }
}
