using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace Shop.BrowserTests.Testing;

/// <summary>axe-core 4.14.1, a file of its package: the rules of WCAG 2.2 A and AA.</summary>
internal static class Axe
{
    private const string Run = """
        async () => {
            const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
            const { violations, passes } = await axe.run(document, { runOnly });
            return JSON.stringify({ rules: passes.length, faults: violations.flatMap(({ id, nodes }) =>
                nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`)) });
        }
        """;

    private static readonly Lazy<string> Script = new(() =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Axe", "axe.min.js")));

    /// <param name="state">The page and its state, for the message.</param>
    public static async Task AssertAccessibleAsync(IPage page, string state)
    {
        if (!await page.EvaluateAsync<bool>("() => 'axe' in window"))
            await page.EvaluateAsync($"() => {{ {Script.Value} }}");
        var found = JsonElement.Parse(await page.EvaluateAsync<string>(Run));
        Assert.True(found.GetProperty("rules").GetInt32() > 5);
        var faults = found.GetProperty("faults").EnumerateArray().Select(fault => fault.GetString()).ToList();
        Assert.True(faults.Count == 0, $"{state}:\n{string.Join('\n', faults)}");
    }
}
