using Shop.BuildingBlocks.Database;
using Xunit;

namespace Shop.Tests.Database;

/// <summary>The rules by which parameters with names become positions.</summary>
public sealed class PositionalSqlTests
{
    [Fact]
    public void A_name_has_one_position_however_often_it_stands() =>
        Same("select $1, $2::text, $1", ["a", "b"], "select @a, @b::text, @a");

    [Fact]
    public void A_name_ends_where_its_letters_end() => Same("select ($1)+$2", ["a1", "a_1"], "select (@a1)+@a_1");

    [Theory]
    [InlineData("select '@a', 'it''s @a'")]
    [InlineData("""select "@a" from t""")]
    [InlineData("select 1 -- @a")]
    [InlineData("select tags @> array['x'] and now @@ query")]
    public void What_is_no_parameter_stays(string sql) => Same(sql, [], sql);

    [Fact]
    public void Values_are_taken_by_name_in_whatever_order_they_are_given()
    {
        var command = PositionalSql.Of("select @first, @second")
            .ToBatchCommand([("second", 2), ("unused", 0), ("first", 1)]);
        Assert.Equal([1, 2], command.Parameters.Select(parameter => parameter.Value));
        Assert.All(command.Parameters, parameter => Assert.Empty(parameter.ParameterName));
    }

    [Fact]
    public void A_parameter_that_is_not_given_is_named()
    {
        var error = Assert.Throws<InvalidOperationException>(
            () => PositionalSql.Of("select @given, @missing").ToBatchCommand([("given", 1)]));
        Assert.Contains("missing", error.Message, StringComparison.Ordinal);
    }

    private static void Same(string text, string[] names, string sql)
    {
        var positional = PositionalSql.Of(sql);
        Assert.Equal(text, positional.Text);
        Assert.Equal(names, positional.Names);
    }
}
