using System.Globalization;
using Xunit;
using Xunit.Abstractions;

namespace Shop.IntegrationTests.Model;

/// <summary>
/// Random steps against the shop and against a model in memory: after each the answers agree, in between and at the end
/// all books. A failure names the seed; with it in the environment the same steps are taken again.
/// </summary>
public sealed class ModelTests(ITestOutputHelper output)
{
    internal const string SeedVariable = "SHOP_MODEL_SEED";
    internal const string StepsVariable = "SHOP_MODEL_STEPS";

    private const int FixedSeed = 20_270_301;
    private const int DefaultSteps = 1_000;

    [Fact]
    public Task The_shop_does_what_the_model_does() => PlayAsync(FixedSeed);

    [Fact]
    public Task The_shop_does_what_the_model_does_from_a_fresh_seed() =>
        PlayAsync(Number(SeedVariable) ?? Random.Shared.Next());

    private async Task PlayAsync(int seed)
    {
        var steps = Number(StepsVariable) ?? DefaultSteps;
        output.WriteLine($"{SeedVariable}={seed} {StepsVariable}={steps}");
        await using var run = await ModelRun.StartAsync(seed);
        await run.PlayAsync(steps);
        foreach (var (answer, count) in run.Answers)
            output.WriteLine($"{count,6} {answer}");
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : null;
}
