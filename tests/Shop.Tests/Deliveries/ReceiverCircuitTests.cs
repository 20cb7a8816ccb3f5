using Shop.BuildingBlocks.Deliveries;
using Xunit;

namespace Shop.Tests.Deliveries;

public sealed class ReceiverCircuitTests
{
    private readonly MonotonicTime time = new();
    private readonly ReceiverCircuit circuit;
    private readonly string[] orders = ["first", "second", "third"];

    public ReceiverCircuitTests() => circuit = new ReceiverCircuit(time);

    [Fact]
    public void Ten_failures_of_three_orders_open_it()
    {
        for (var i = 0; i < 9; i++)
            Assert.False(circuit.Failed(orders[i % 3]));
        Assert.False(circuit.IsOpen);
        Assert.True(circuit.Failed(orders[0]));
        Assert.True(circuit.IsOpen);
    }

    [Fact]
    public void However_many_failures_of_two_orders_do_not_and_one_of_a_third_then_does()
    {
        for (var i = 0; i < 1_000; i++)
            Assert.False(circuit.Failed(orders[i % 2]));
        Assert.True(circuit.Failed(orders[2]));
    }

    [Fact]
    public void An_answer_starts_the_count_anew()
    {
        for (var i = 0; i < 9; i++)
            circuit.Failed(orders[i % 3]);
        Assert.False(circuit.Answered());
        for (var i = 0; i < 9; i++)
            Assert.False(circuit.Failed(orders[i % 3]));
    }

    [Fact]
    public void Open_it_lets_one_probe_out_each_ten_seconds_and_an_answer_closes_it()
    {
        for (var i = 0; i < 10; i++)
            circuit.Failed(orders[i % 3]);

        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(circuit.Lets(underWay: 0));
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(circuit.Lets(underWay: 0));
        Assert.False(circuit.Lets(underWay: 1));

        Assert.False(circuit.Failed(orders[0]));
        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(circuit.Lets(underWay: 0));
        Assert.True(circuit.Answered());
        Assert.True(circuit.Lets(underWay: 5));
    }

    /// <summary>The time of day is of no use to the circuit.</summary>
    private sealed class MonotonicTime : TimeProvider
    {
        private long ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public override DateTimeOffset GetUtcNow() => throw new InvalidOperationException();

        public void Advance(TimeSpan by) => ticks += by.Ticks;
    }
}
