using Shop.Identity.Sessions;
using Xunit;

namespace Shop.Tests.Identity;

public sealed class GenerationsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 9, 0, 0, TimeSpan.Zero);

    private static readonly Generations First = new(0, []);

    [Fact]
    public void The_current_token_makes_the_next_generation()
    {
        var second = Use(First, 0, 0);
        Assert.Equal(1, second!.Current);
        Assert.Equal([Now], second.UsedAt);
        Assert.Equal(2, Use(second, 1, 3600)!.Current);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(10, true)]
    [InlineData(10.001, false)]
    [InlineData(3600, false)]
    public void An_older_token_is_answered_for_ten_seconds_after_its_first_use(double seconds, bool isAnswered)
    {
        var second = Use(First, 0, 0)!;
        var reused = Use(second, 0, seconds);
        Assert.Equal(isAnswered, reused is not null);
        if (isAnswered)
            Assert.Same(second, reused);
    }

    [Fact]
    public void Each_generation_has_ten_seconds_of_its_own()
    {
        var third = Use(Use(First, 0, 0)!, 1, 6)!;
        Assert.Same(third, Use(third, 0, 9));
        Assert.Null(Use(third, 0, 12));
        Assert.Same(third, Use(third, 1, 12));
        Assert.Null(Use(third, 1, 17));

        // The next use forgets the first.
        var fourth = Use(third, 2, 12)!;
        Assert.Equal(2, fourth.UsedAt.Count);
        Assert.Null(Use(fourth, 0, 12));
        Assert.Same(fourth, Use(fourth, 1, 12));
        Assert.Same(fourth, Use(fourth, 2, 12));
    }

    [Fact]
    public void Uses_within_ten_seconds_are_remembered_up_to_a_maximum()
    {
        var generations = First;
        for (var generation = 0; generation < 150; generation++)
            generations = Use(generations, generation, 0)!;

        Assert.Equal(Generations.MaximumUses, generations.UsedAt.Count);
        Assert.Same(generations, Use(generations, 50, 1));
        Assert.Null(Use(generations, 49, 1));
    }

    [Fact]
    public void A_token_that_a_restored_database_does_not_know_yet_is_current()
    {
        var ahead = Use(new Generations(4, [Now]), 7, 0)!;
        Assert.Equal(8, ahead.Current);
        Assert.Same(ahead, Use(ahead, 7, 5));
        Assert.Null(Use(ahead, 4, 5));
    }

    private static Generations? Use(Generations generations, int generation, double seconds) =>
        generations.Use(generation, Now + TimeSpan.FromSeconds(seconds));
}
