using MediatR;
using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>A slice is a request with a file of its name in a module or the host.</summary>
public sealed class SliceTests
{
    [Fact]
    public void Every_slice_has_a_test_class_of_its_name()
    {
        var slices = Slices();
        Assert.True(slices.Count >= 50, $"Only {slices.Count} slices were found.");

        var missing = Untested(slices);
        Assert.True(
            missing.Count == 0,
            $"There is no file {string.Join(", ", missing.Select(slice => $"{slice}Tests.cs"))} below tests/.");
    }

    [Fact]
    public void A_slice_without_tests_is_found() =>
        Assert.Equal(["ForgottenSlice"], Untested(["CancelOrder", "ForgottenSlice"]));

    private static List<string> Slices()
    {
        var files = FileNames("Modules").Concat(FileNames("Host")).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. Solution.ShopAssemblies().SelectMany(assembly => assembly.GetTypes())
                .Where(
                    type => !type.IsAbstract && type.IsAssignableTo(typeof(IBaseRequest)) && files.Contains(type.Name))
                .Select(type => type.Name),
        ];
    }

    private static List<string> Untested(IEnumerable<string> slices)
    {
        var tests = FileNames("tests").ToHashSet(StringComparer.Ordinal);
        return [.. slices.Where(slice => !tests.Contains($"{slice}Tests")).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string?> FileNames(string folder) =>
        Solution.SourceFiles(folder).Select(Path.GetFileNameWithoutExtension);
}
