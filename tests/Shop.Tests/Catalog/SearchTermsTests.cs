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

    [Theory]
    [InlineData("ㅋㅂㄷ", "ᄏᄇ ᄇᄃ", "[ᄏ카-킿][ᄇ바-빟][ᄃ다-딯]")]
    [InlineData("키ㅂ (a", "ᄏᄇ (a", "키[ᄇ바-빟]")]
    [InlineData("ㄲ.", "ᄁ.", "[ᄁ까-낗]\\.")]
    public void Initials_stand_for_their_syllables(string q, string grams, string pattern)
    {
        var terms = SearchTerms.Of(q);
        Assert.Equal(grams, string.Join(' ', terms.Grams()));
        Assert.Equal([pattern], terms.InitialPatterns());
    }

    [Fact]
    public void A_pattern_takes_its_word_literally() =>
        Assert.Equal([@"%100\%%", @"%a\_b%", @"%c\\d%"], SearchTerms.Of(@"100% A_B c\d").Patterns());
}
