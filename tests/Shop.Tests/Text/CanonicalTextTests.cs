using System.Text;
using Shop.BuildingBlocks;
using Xunit;

namespace Shop.Tests.Text;

public sealed class CanonicalTextTests
{
    [Theory]
    [InlineData("  Tea\t", "Tea")]
    [InlineData("\u00A0\u3000Tea\u2028", "Tea")]
    [InlineData("two  words", "two  words")]
    [InlineData("", "")]
    public void Outer_white_space_is_trimmed(string text, string canonical) =>
        Assert.Equal(canonical, CanonicalText.Of(text));

    [Fact]
    public void Text_is_composed()
    {
        Assert.Equal("한글", CanonicalText.Of("한글".Normalize(NormalizationForm.FormD)));
        Assert.Equal("é", CanonicalText.Composed("e\u0301"));
        Assert.Equal(" é", CanonicalText.Composed(" e\u0301"));
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("\uFFFE")]
    public void What_no_database_stores_has_no_canonical_form(string text) =>
        Assert.Throws<FormatException>(() => CanonicalText.Of(text));

    [Fact]
    public void Half_a_surrogate_pair_has_no_canonical_form() =>
        Assert.Throws<FormatException>(() => CanonicalText.Of(new string('\uD800', 1)));

    [Fact]
    public void A_run_of_combining_marks_has_a_maximum()
    {
        Assert.Equal(31, CanonicalText.Of("q" + new string('\u0323', 30)).Length);
        Assert.Throws<FormatException>(() => CanonicalText.Of("q" + new string('\u0323', 31)));
        // Half a minute of composition, were it composed.
        var marks = string.Concat(Enumerable.Repeat("\u0301\u0323", 500_000));
        Assert.Throws<FormatException>(() => CanonicalText.Composed(marks));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t\u3000")]
    [InlineData("\u3164")]
    [InlineData("\u200B")]
    [InlineData("\u115F\u1160")]
    [InlineData("\uFFA0\u2800\uFE0F\u00AD\u0007")]
    [InlineData("\U000E0041")]
    public void Blanks_controls_and_fillers_show_nothing(string text) => Assert.False(CanonicalText.IsVisible(text));

    [Theory]
    [InlineData("Tea")]
    [InlineData("\u3164한")]
    [InlineData("😀")]
    [InlineData("👨\u200D👩")]
    [InlineData(".")]
    public void One_visible_character_is_enough(string text) => Assert.True(CanonicalText.IsVisible(text));
}
