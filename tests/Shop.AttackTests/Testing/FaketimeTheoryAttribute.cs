using Shop.HostProcesses;
using Xunit;

namespace Shop.AttackTests.Testing;

/// <summary>
/// A test that needs libfaketime. It is left out, by name, on a machine that has none, unless SHOP_TESTS_NEED says that
/// nothing may be left out: CI installs what the tests need.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FaketimeTheoryAttribute : TheoryAttribute
{
    public FaketimeTheoryAttribute()
    {
        if (FakedClock.Library is null && Environment.GetEnvironmentVariable("SHOP_TESTS_NEED") != "all")
            Skip = "libfaketime is not installed here (Debian: apt-get install faketime).";
    }
}
