using System.Text.Json;
using Shop.BuildingBlocks.Http;
using Shop.Catalog.Products;
using Xunit;

namespace Shop.Tests.Catalog;

public sealed class ChangeProductRequestTests
{
    private static readonly JsonSerializerOptions Json = ShopOptions();

    [Fact]
    public void What_is_absent_stays() =>
        Assert.Equal(
            new ChangeProduct(7, Name: null, ChangesDescription: false, Description: null, Price: null, Status: null),
            Read("{}"));

    [Fact]
    public void What_is_present_changes() => Assert.Equal(
        new ChangeProduct(7, "Tea", ChangesDescription: true, "Green", 4_500, ProductStatus.Stopped),
        Read("""{"name": "Tea", "description": "Green", "price": 4500, "status": "STOPPED"}"""));

    [Fact]
    public void A_description_can_be_taken_away() =>
        Assert.Equal(
            new ChangeProduct(7, Name: null, ChangesDescription: true, Description: null, Price: null, Status: null),
            Read("""{"description": null}"""));

    [Theory]
    [InlineData("name")]
    [InlineData("price")]
    [InlineData("status")]
    public void Nothing_else_can_be_taken_away(string member) =>
        Assert.Contains(
            member,
            Assert.Throws<JsonException>(() => Read($$"""{"{{member}}": null}""")).Message,
            StringComparison.Ordinal);

    private static ChangeProduct Read(string body) =>
        JsonSerializer.Deserialize<ChangeProductRequest>(body, Json)!.For(7);

    private static JsonSerializerOptions ShopOptions()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        ShopJson.Apply(options);
        return options;
    }
}
