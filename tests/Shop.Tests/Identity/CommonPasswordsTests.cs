using Shop.Identity.Users;
using Xunit;

namespace Shop.Tests.Identity;

public sealed class CommonPasswordsTests
{
    [Theory]
    [InlineData("password")]
    [InlineData("PassWord")]
    [InlineData("12345678")]
    [InlineData("xxxxxxxx")]
    public void The_most_common_ones_are_known_whatever_their_case(string password) =>
        Assert.True(CommonPasswords.Contains(password));

    // A full-width letter has another NFC form than the letter itself.
    [Theory]
    [InlineData("correct horse")]
    [InlineData("admin-password")]
    [InlineData(" password")]
    [InlineData("ｐassword")]
    [InlineData("비밀번호입니다")]
    public void Any_other_is_not_one(string password) => Assert.False(CommonPasswords.Contains(password));
}
