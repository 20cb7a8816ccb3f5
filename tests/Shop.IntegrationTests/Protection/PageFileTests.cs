using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Protection;

public sealed class PageFileTests : ShopTest
{
    private const string Settings = "//js/settings.js";

    [Fact]
    public async Task Pages_are_told_the_zone_that_is_set()
    {
        var usual = await Anonymous.GetAsync(Settings);
        Assert.Contains("timeZone = \"Asia/Seoul\";", usual.Text, StringComparison.Ordinal);
        await using var moved = await ShopHost.StartAsync(
            Shop.ConnectionString, new Dictionary<string, string> { ["Shop:TimeZone"] = "America/New_York" });
        var settings = (await moved.Client().GetAsync(Settings)).Expect(HttpStatusCode.OK);
        Assert.Equal("text/javascript", settings.ContentType);
        Assert.True(settings.Headers.CacheControl?.NoCache);
        Assert.Contains("timeZone = \"America/New_York\";", settings.Text, StringComparison.Ordinal);
        (await moved.Client().PostAsync(Settings)).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("//", "br")]
    [InlineData("//style.css", "br")]
    [InlineData("//js/words.js", "gzip")]
    [InlineData("//icons.svg", "br")]
    public async Task Texts_of_the_pages_are_compressed(string path, string encoding)
    {
        var file = (await Anonymous.GetAsync(path, ("Accept-Encoding", encoding))).Expect(HttpStatusCode.OK);
        Assert.Equal([encoding], file.Encodings);
        Assert.Equal(["Accept-Encoding"], file.Headers.Vary);
        Assert.Empty((await Anonymous.GetAsync(path)).Encodings);
    }

    [Fact]
    public async Task Answers_of_the_API_which_may_hold_secrets_are_not_compressed() =>
        Assert.Empty((await Anonymous.GetAsync("/products", ("Accept-Encoding", "br"))).Encodings);
}
