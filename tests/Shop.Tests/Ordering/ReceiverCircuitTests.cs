using Shop.Ordering.DataPlatform;
using Xunit;

namespace Shop.Tests.Ordering;

public sealed class ReceiverCircuitTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    private readonly ReceiverCircuit circuit = new();
    private readonly Guid[] orders = [Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid()];

    [Fact]
    public void Ten_failures_of_three_orders_open_it()
    {
        for (var i = 0; i < 9; i++)
            Assert.False(circuit.Failed(orders[i % 3], Now));
        Assert.False(circuit.IsOpen);
        Assert.True(circuit.Failed(orders[0], Now));
        Assert.True(circuit.IsOpen);
    }

    [Fact]
    public void However_many_failures_of_two_orders_do_not_and_one_of_a_third_then_does()
    {
        for (var i = 0; i < 1_000; i++)
            Assert.False(circuit.Failed(orders[i % 2], Now));
        Assert.True(circuit.Failed(orders[2], Now));
    }

    [Fact]
    public void An_answer_starts_the_count_anew()
    {
        for (var i = 0; i < 9; i++)
            circuit.Failed(orders[i % 3], Now);
        Assert.False(circuit.Answered());
        for (var i = 0; i < 9; i++)
            Assert.False(circuit.Failed(orders[i % 3], Now));
    }

    [Fact]
    public void Open_it_lets_one_probe_out_each_ten_seconds_and_an_answer_closes_it()
    {
        for (var i = 0; i < 10; i++)
            circuit.Failed(orders[i % 3], Now);

        Assert.False(circuit.Lets(underWay: 0, Now + TimeSpan.FromSeconds(9.9)));
        Assert.True(circuit.Lets(underWay: 0, Now + TimeSpan.FromSeconds(10)));
        Assert.False(circuit.Lets(underWay: 1, Now + TimeSpan.FromSeconds(10)));

        Assert.False(circuit.Failed(orders[0], Now + TimeSpan.FromSeconds(10)));
        Assert.False(circuit.Lets(underWay: 0, Now + TimeSpan.FromSeconds(19.9)));
        Assert.True(circuit.Answered());
        Assert.True(circuit.Lets(underWay: 5, Now));
    }
}
