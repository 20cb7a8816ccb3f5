using System.Diagnostics;
using System.Text.RegularExpressions;
using Shop.EmbeddedPostgres;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Docs;

/// <summary>The calls of the README and of <c>docs/tour.md</c> run as pasted, against the program.</summary>
public sealed partial class TourTests : IDisposable
{
    private const string Printed = "http://localhost:8080";

    private readonly string directory = Directory.CreateTempSubdirectory("shop-tour-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [CurlFact]
    public async Task The_tour_runs_as_pasted()
    {
        var output = await RunAsync("docs/tour.md");
        AssertPrinted("\"status\": \"COMPLETED\"", output);
        AssertPrinted("\"code\": \"payments.insufficient_balance\"", output);
        AssertPrinted("\"code\": \"coupons.already_issued\"", output);
        AssertPrinted("\"discountAmount\": 15000", output);
        AssertPrinted("\"code\": \"coupons.other_issuance\"", output);
        AssertPrinted("\"granted\": 1", output);
        AssertPrinted("\"REVOKED\"", output);
        AssertPrinted("\"code\": \"webhooks.inner_address\"", output);
        AssertPrinted("\"status\": \"REFUNDED\"", output);
        AssertPrinted("\"rank\": 1", output);
        AssertPrinted("\"type\":\"order.paid\"", output);
    }

    [CurlFact]
    public async Task The_five_calls_run_as_pasted()
    {
        var output = await RunAsync("README.md");
        AssertPrinted("\"status\": \"PAID\"", output);
        AssertPrinted("\"balanceAfter\": 20000", output);
    }

    private static void AssertPrinted(string text, string output) =>
        Assert.True(output.Contains(text, StringComparison.Ordinal), $"{text} is not in:\n{output}");

    /// <returns>The output of the page's calls. A call that fails ends them, and fails the test.</returns>
    private async Task<string> RunAsync(string page)
    {
        var address = $"http://127.0.0.1:{FreePort.Pick()}";
        await using var shop = ShopProgram.Start(
            [],
            new Dictionary<string, string>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_URLS"] = address,
                ["ConnectionStrings__Shop"] = await TestDatabases.CreateAsync(),
                ["DataPlatform__Directory"] = Path.Combine(directory, "Host", "data", "platform"),
            },
            directory);
        await shop.UntilReadyAsync(address);

        // The README's other commands start the shop and its tests.
        var blocks = CodeBlock().Matches(await File.ReadAllTextAsync(RootFiles.Of(page)))
            .Select(match => match.Groups["code"].Value)
            .Where(code => !code.StartsWith("dotnet", StringComparison.Ordinal));
        var script = string.Join('\n', blocks).Replace(Printed, address, StringComparison.Ordinal);
        Assert.Contains(address, script, StringComparison.Ordinal);

        using var bash = Process.Start(new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script])
        {
            UseShellExecute = false,
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = bash.StandardError.ReadToEndAsync();
        var output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.True(bash.ExitCode == 0, $"{page} ended with {bash.ExitCode}:\n{output}\n{await errors}");
        return output;
    }

    [GeneratedRegex(
        "^```sh\n(?<code>.*?)^```$",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeBlock();
}

/// <summary>
/// A test that needs bash, curl and jq. It is left out on a machine without them, unless SHOP_TESTS_NEED says that
/// nothing may be left out.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CurlFactAttribute : FactAttribute
{
    private static readonly string[] Programs = ["bash", "curl", "jq"];

    public CurlFactAttribute()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var missing = Programs.Where(program => !folders.Any(folder => File.Exists(Path.Combine(folder, program))))
            .ToList();
        if (missing.Count > 0 && Environment.GetEnvironmentVariable("SHOP_TESTS_NEED") != "all")
            Skip = $"{string.Join(", ", missing)} is not installed here.";
    }
}
