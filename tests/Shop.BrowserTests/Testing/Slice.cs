namespace Shop.BrowserTests.Testing;

/// <summary>
/// Tests that <c>.ci/run</c> leaves out for its time: others try the same rule, or few changes touch it.
/// <c>.ci/pages</c> runs all.
/// </summary>
internal static class Slice
{
    public const string Name = "Slice";

    public const string Full = "Full";
}
