using Shop.Catalog.Products.Search;
using Xunit;

namespace Shop.Tests.Catalog;

public sealed class SearchTermsTests
{
    [Theory]
    [InlineData("Mouse", "mo ou us se")]
    [InlineData("책상", "책상")]
    [InlineData("책", "책")]
    [InlineData("USB usb\u3000a", "us sb a")]
    [InlineData("😀😃", "😀😃")]
    [InlineData(" \u00a0\u200b", "")]
    public void A_word_gives_its_bigrams_or_its_only_letter(string q, string grams) =>
        Assert.Equal(grams, string.Join(' ', SearchTerms.Of(q).Grams()));

    [Fact]
    public void A_pattern_takes_its_word_literally() =>
        Assert.Equal([@"%100\%%", @"%a\_b%", @"%c\\d%"], SearchTerms.Of(@"100% A_B c\d").Patterns());
}
