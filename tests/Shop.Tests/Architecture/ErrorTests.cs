using System.Reflection;
using System.Text.RegularExpressions;
using Shop.Messages;
using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>Every error code stands once, in the <c>Errors</c> class of its module or layer.</summary>
public sealed partial class ErrorTests
{
    private static readonly List<ErrorKind> Documented = DocumentedIn(
        Solution.ShopAssemblies().SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsAbstract: true, IsSealed: true }
                && type.Name.EndsWith("Errors", StringComparison.Ordinal)));

    [Fact]
    public void No_two_errors_have_one_code()
    {
        Assert.True(Documented.Count >= 40);
        Assert.Empty(Twice(Documented));
    }

    [Fact]
    public void Two_errors_of_one_code_are_found() => Assert.Equal(
        ["planted.twin"], Twice(DocumentedIn([typeof(Planted)])));

    [Fact]
    public void No_code_is_written_outside_the_errors_classes()
    {
        var sources = ((string[])["BuildingBlocks", "Modules", "Host"]).SelectMany(Solution.SourceFiles)
            .Where(file => Path.GetExtension(file) == ".cs" && !file.EndsWith("Errors.cs", StringComparison.Ordinal))
            .ToList();
        Assert.Contains(sources, file => file.EndsWith("PlaceOrder.cs", StringComparison.Ordinal));
        Assert.Empty(
            from file in sources
            from code in CodesIn(File.ReadAllText(file))
            select $"{Path.GetFileName(file)}: {code}");
    }

    [Theory]
    [InlineData("return new Error(\"catalog.out_of_stock\", \"\", 409);", "catalog.out_of_stock")]
    [InlineData("set reason = 'coupons.sold_out'", "coupons.sold_out")]
    [InlineData(
        "throw new ErrorException(new Error(\"orders.undocumented\", \"\", 409))", "new Error(\"orders.undocumented\"")]
    public void A_code_in_a_string_is_found(string source, string found) => Assert.Contains(found, CodesIn(source));

    private static List<ErrorKind> DocumentedIn(IEnumerable<Type> types) =>
    [
        .. types.SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => field.FieldType.IsAssignableTo(typeof(ErrorKind)))
            .Select(field => (ErrorKind)field.GetValue(null)!),
    ];

    private static IEnumerable<string> Twice(IEnumerable<ErrorKind> errors) =>
        errors.CountBy(error => error.Code).Where(code => code.Value > 1).Select(code => code.Key);

    private static IEnumerable<string> CodesIn(string source) => Documented
        .Select(error => error.Code)
        .Where(code => source.Contains($"\"{code}\"", StringComparison.Ordinal)
            || source.Contains($"'{code}'", StringComparison.Ordinal))
        .Concat(NewError().Matches(source).Select(match => match.Value));

    [GeneratedRegex(
        "new (Error|DocumentedError(<[^>]*>)?)\\(\\s*\"[^\"]*\"", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex NewError();

    private static class Planted
    {
        public static readonly DocumentedError One = new("planted.twin", 409, "One.");

        public static readonly DocumentedError<int> Other = new("planted.twin", 404, value => $"{value}");
    }
}
