using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shop.ClientGenerator;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Clients;

/// <summary>
/// The document and the C# client in <c>clients</c> are those of the code. SHOP_DRAW=1 in the environment writes them
/// again.
/// </summary>
public sealed class GeneratedClientTests : ShopTest
{
    private static readonly JsonSerializerOptions Written = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public async Task The_document_is_that_of_the_shop() =>
        await AssertIsAsync(RootFiles.Of("clients/openapi.json"), await DocumentAsync());

    [Fact]
    public async Task The_csharp_client_is_generated_from_the_document() => await AssertIsAsync(
        RootFiles.Of("clients/csharp/ShopClient.g.cs"), await CSharpClient.GenerateAsync(await DocumentAsync()));

    private static async Task AssertIsAsync(string file, string expected)
    {
        if (Environment.GetEnvironmentVariable("SHOP_DRAW") == "1")
            await File.WriteAllTextAsync(file, expected);
        var committed = File.Exists(file) ? await File.ReadAllTextAsync(file) : "";
        var (lines, known) = (expected.Split('\n'), committed.Split('\n'));
        var first = Enumerable.Range(0, lines.Length).FirstOrDefault(line => line >= known.Length
            || lines[line] != known[line]);
        Assert.True(
            committed == expected,
            $"{file} is stale from line {first + 1} on. Run this test with SHOP_DRAW=1 in the environment. "
                + $"It is to be: {lines[first]}");
    }

    // Without the address of the host that was asked.
    private async Task<string> DocumentAsync()
    {
        var answer = (await Anonymous.GetAsync("//openapi/v1.json")).Expect(HttpStatusCode.OK);
        var document = JsonNode.Parse(answer.Text)!.AsObject();
        document.Remove("servers");
        return $"{document.ToJsonString(Written)}\n";
    }
}
