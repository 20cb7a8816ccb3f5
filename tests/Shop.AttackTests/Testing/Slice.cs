namespace Shop.AttackTests.Testing;

/// <summary>The tests that <c>.ci/run</c> runs: one for each promise. <c>.ci/attacks</c> runs all.</summary>
internal static class Slice
{
    public const string Name = "Slice";

    public const string EveryChange = "EveryChange";
}
