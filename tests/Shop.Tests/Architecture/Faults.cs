using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>Sentences that say what is to be done; the runner shows them whole.</summary>
internal static class Faults
{
    public static void AssertNone(IEnumerable<string> faults)
    {
        var all = string.Join('\n', faults);
        Assert.True(all.Length == 0, all);
    }
}
