using System.Buffers;
using System.Text;
using Shop.BuildingBlocks.Http;
using Xunit;

namespace Shop.Tests.Http;

public sealed class RequestFingerprintTests
{
    [Theory]
    [InlineData("""{"a":1,"b":{"c":2,"d":3}}""", """ { "b": {"d": 3, "c": 2}, "a": 1 } """)]
    [InlineData("""{"password":"correct horse","forfeit":true}""", """{"forfeit":true,"password":"battery staple"}""")]
    [InlineData("""{"list":[{"newPassword":"x","a":1}]}""", """{"list":[{"a":1}]}""")]
    public void One_request_has_one_fingerprint_and_none_of_its_passwords(string one, string other) =>
        Assert.Equal(Of(one), Of(other));

    [Theory]
    [InlineData("""{"a":1}""", """{"a":2}""")]
    [InlineData("""{"password":"x","forfeit":true}""", """{"password":"x","forfeit":false}""")]
    [InlineData("""{"token":"x"}""", """{"token":"y"}""")]
    [InlineData("[1,2]", "[2,1]")]
    public void Another_request_has_another(string one, string other) => Assert.NotEqual(Of(one), Of(other));

    private static byte[] Of(string body) =>
        RequestFingerprint.Of("POST", "/api/v1/orders", new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)));
}
