using Shop.BuildingBlocks.Http;
using Shop.Messages;
using Xunit;

namespace Shop.Tests.Http;

public sealed class ExportPlacesTests
{
    private readonly ExportPlaces<string, int> places = new(maximum: 64, ofCaller: 4);

    [Fact]
    public void A_caller_has_some_the_host_has_more_and_each_is_given_back_once()
    {
        var subject = 0;
        var taken = Enumerable.Range(0, 16)
            .SelectMany(caller => Enumerable.Range(0, 4).Select(_ => places.Take($"{caller}", ++subject)))
            .ToList();
        Assert.Equal("rate_limited", CodeOf("0", 100));
        Assert.Equal("rate_limited", CodeOf("another", 1));
        Assert.Equal("unavailable", CodeOf("another", 100));

        taken[0].Dispose();
        taken[0].Dispose();
        using var next = places.Take("another", 100);
        Assert.Equal("unavailable", CodeOf("another", 101));
    }

    private string CodeOf(string caller, int subject) =>
        Assert.Throws<ErrorException>(() => places.Take(caller, subject)).Error.Code;
}
