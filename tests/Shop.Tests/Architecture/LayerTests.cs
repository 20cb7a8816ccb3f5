using System.Text.RegularExpressions;
using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>The layers inside Shop.BuildingBlocks: a folder uses the layers below it alone.</summary>
public sealed partial class LayerTests
{
    private static readonly Dictionary<string, string[]> Below = new()
    {
        ["Activities"] = [],
        ["Database"] = [],
        ["Background"] = ["Database"],
        ["Idempotency"] = ["Background", "Database"],
        ["Outbox"] = ["Background", "Database"],
        ["Deliveries"] = ["Background", "Database"],
        ["Commands"] = ["Activities", "Idempotency", "Outbox", "Database"],
        ["Http"] = ["Activities", "Commands", "Idempotency", "Outbox", "Database"],
    };

    [Fact]
    public void A_layer_uses_those_below_it()
    {
        var folder = Path.Combine("BuildingBlocks", "Shop.BuildingBlocks");
        Assert.All(Below.Keys, layer => Assert.True(Directory.Exists(Path.Combine(Solution.Root, folder, layer))));
        Assert.Empty(
            from layer in Below.Keys
            from file in Solution.SourceFiles(Path.Combine(folder, layer))
            from above in Violations(layer, File.ReadAllText(file))
            select $"{layer}/{Path.GetFileName(file)} uses {above}");
    }

    [Theory]
    [InlineData("Database", "using Shop.BuildingBlocks.Outbox;")]
    [InlineData("Idempotency", "using static Shop.BuildingBlocks.Commands.Batching.BatchSpan;")]
    [InlineData("Outbox", "/// <see cref=\"Shop.BuildingBlocks.Commands.Transactions\"/>")]
    [InlineData("Commands", "private readonly Http.Caller caller;")]
    public void A_use_of_a_layer_above_is_found(string layer, string source) =>
        Assert.Single(Violations(layer, source));

    [Theory]
    [InlineData("Database", "using Microsoft.AspNetCore.Http;\nusing System.Data.Commands;")]
    [InlineData("Commands", "var written = scope.GetRequiredService<Outbox.Outbox>();")]
    public void Another_use_is_not(string layer, string source) => Assert.Empty(Violations(layer, source));

    private static IEnumerable<string> Violations(string layer, string source) => Uses().Matches(source)
        .Select(use => use.Groups["layer"].Value)
        .Where(used => Below.ContainsKey(used) && used != layer && !Below[layer].Contains(used))
        .Distinct();

    // By its full name, or from a sibling namespace by its last part.
    [GeneratedRegex(
        @"Shop\.BuildingBlocks\.(?<layer>\w+)|(?<![\w.])(?<layer>[A-Z]\w+)\.[A-Z]",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex Uses();
}
