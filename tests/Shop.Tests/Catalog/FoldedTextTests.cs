using System.Globalization;
using System.Text;
using Shop.Catalog.Products.Search;
using Xunit;

namespace Shop.Tests.Catalog;

public sealed class FoldedTextTests
{
    [Theory]
    [InlineData("Keyboard", "keyboard")]
    [InlineData("한글 키보드", "한글 키보드")]
    [InlineData("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글")]
    [InlineData("e\u0301CLAIR", "éclair")]
    [InlineData("Straße", "strasse")]
    [InlineData("STRASSE", "strasse")]
    [InlineData("STRAẞE", "strasse")]
    [InlineData("İstanbul", "i\u0307stanbul")]
    [InlineData("ＫＥＹ１２", "key12")]
    [InlineData("ｷｰﾎﾞｰﾄﾞ", "キーボード")]
    [InlineData("oﬃce ﬁle", "office file")]
    [InlineData("ΟΔΥΣΣΕΥΣ", "οδυσσευσ")]
    [InlineData("οδυσσευς", "οδυσσευσ")]
    [InlineData("ᾳ ᾼ", "αι αι")]
    [InlineData("㎏ №", "kg no")]
    [InlineData("\u3000a\u00a0b\u2003\u2028c\t\n", "a b c")]
    [InlineData("a\u200db\u00adc\ufeffd\ufe0f", "abcd")]
    [InlineData("e\u200d\u0301", "é")]
    [InlineData("👩\u200d💻", "👩💻")]
    [InlineData("\u3164\uffa0\u1160", "")]
    [InlineData("ㅋㅂㄷ", "\u110f\u1107\u1103")]
    [InlineData("ꭰ 𐐀", "Ꭰ 𐐨")]
    [InlineData("100% snake_case", "100% snake_case")]
    [InlineData("", "")]
    public void Text_is_folded(string text, string folded) => Assert.Equal(folded, FoldedText.Of(text));

    [Fact]
    public void Folding_twice_changes_nothing_and_forms_of_normalization_do_not_matter()
    {
        for (var code = 0; code <= char.MaxValue; code++)
        {
            if (!Rune.IsValid(code) || CharUnicodeInfo.GetUnicodeCategory(code) == UnicodeCategory.OtherNotAssigned)
                continue;
            var text = $"a{new Rune(code)}b";
            var folded = FoldedText.Of(text);
            Assert.Equal(folded, FoldedText.Of(folded));
            Assert.Equal(folded, FoldedText.Of(text.Normalize(NormalizationForm.FormD)));
        }
    }

    [Fact]
    public void The_table_has_the_common_and_the_full_mappings()
    {
        Assert.Equal(1_530, CaseFolding.Mappings.Count);
        Assert.Equal("ss", CaseFolding.Mappings[new Rune('ß')]);
        Assert.Equal("i", CaseFolding.Mappings[new Rune('I')]);
    }
}
