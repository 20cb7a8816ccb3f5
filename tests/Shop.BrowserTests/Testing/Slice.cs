namespace Shop.BrowserTests.Testing;

/// <summary>Tests that <c>.ci/run</c> leaves out: others try the same rule. <c>.ci/pages</c> runs all.</summary>
internal static class Slice
{
    public const string Name = "Slice";

    public const string Full = "Full";
}
