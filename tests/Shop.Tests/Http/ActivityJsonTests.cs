using System.Text.Json;
using System.Text.Json.Nodes;
using Shop.BuildingBlocks.Http;
using Xunit;

namespace Shop.Tests.Http;

public sealed class ActivityJsonTests
{
    [Theory]
    [InlineData(
        """{"password":"x","newPassword":"x","refreshToken":"x","secret":"x","key":"x","apiKey":"x","a":1}""",
        """{"a":1}""")]
    [InlineData("""{"list":[{"token":"x","a":{"clientSecret":"x","b":2}}]}""", """{"list":[{"a":{"b":2}}]}""")]
    [InlineData("""{"name":"Tea","email":"mina@example.com"}""", """{"name":"Tea","email":"m***"}""")]
    [InlineData("""{"name":null,"email":null}""", """{"name":null,"email":null}""")]
    public void Secrets_go_and_e_mails_are_masked(string body, string kept) =>
        Assert.Equal(
            kept, ActivityJson.Masked(JsonNode.Parse(body)!.AsObject(), "PRODUCT", JsonSerializerOptions.Default));

    [Theory]
    [InlineData("mina", "m***")]
    [InlineData("", "")]
    [InlineData("😀 Smith", "😀***")]
    public void A_persons_name_is_masked(string name, string masked)
    {
        var kept = ActivityJson.Masked(new JsonObject { ["name"] = name }, "USER", JsonSerializerOptions.Default);
        Assert.Equal(masked, JsonNode.Parse(kept!)!["name"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"orderId":"o","userId":7}""", "ORDER o")]
    [InlineData("""{"order":{"orderId":"o"},"payment":{"paymentId":"p"}}""", "ORDER o")]
    [InlineData("""{"apiKeyId":"k","key":"x"}""", "API_KEY k")]
    [InlineData("""{"retried":3}""", null)]
    [InlineData("{}", null)]
    public void The_thing_of_an_answer_is_its_first_id(string answer, string? target) => Assert.Equal(
        target, ActivityJson.TargetOf(JsonNode.Parse(answer)) is { } found ? $"{found.Type} {found.Id}" : null);

    [Fact]
    public void A_change_is_the_members_that_differ()
    {
        var (before, after) = ActivityJson.Differences(
            JsonNode.Parse("""{"a":1,"b":{"c":[1,2]},"d":null,"e":"x"}""")!.AsObject(),
            JsonNode.Parse("""{"a":1,"b":{"c":[1,3]},"d":5,"e":null}""")!.AsObject());
        Assert.Equal("""{"b":{"c":[1,2]},"d":null,"e":"x"}""", before.ToJsonString());
        Assert.Equal("""{"b":{"c":[1,3]},"d":5,"e":null}""", after.ToJsonString());
    }
}
