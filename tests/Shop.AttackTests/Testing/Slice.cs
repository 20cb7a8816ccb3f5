namespace Shop.AttackTests.Testing;

/// <summary>The quick selection of tests that <c>.ci/run</c> runs. <c>.ci/attacks</c> runs all.</summary>
internal static class Slice
{
    public const string Name = "Slice";

    public const string EveryChange = "EveryChange";
}
