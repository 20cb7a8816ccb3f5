using System.Text;
using Shop.BuildingBlocks.Deliveries;
using Xunit;

namespace Shop.Tests.Deliveries;

public sealed class SignatureTests
{
    // The example of the Standard Webhooks convention.
    [Fact]
    public void A_signature_is_what_the_convention_says()
    {
        Assert.True(Signature.TryReadKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", out var key));
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            new Signature(key).Of(
                "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", Encoding.UTF8.GetBytes("""{"test": 2432232314}""")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("whsec_")]
    [InlineData("whsec_not base64!")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    public void A_secret_of_another_form_is_none(string? secret) => Assert.False(Signature.TryReadKey(secret, out _));
}
