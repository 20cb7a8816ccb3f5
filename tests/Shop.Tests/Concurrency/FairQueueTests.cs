using Shop.BuildingBlocks.Concurrency;
using Xunit;

namespace Shop.Tests.Concurrency;

public sealed class FairQueueTests
{
    [Fact]
    public void Flows_take_turns_and_each_keeps_its_order()
    {
        var queue = Queue(capacity: 10, "a1", "a2", "a3", "b1", "c1", "c2");
        Assert.Equal(["a1", "b1", "c1", "a2", "c2", "a3"], Drain(queue));
    }

    [Fact]
    public void A_flow_that_comes_late_waits_for_one_round_at_most()
    {
        var queue = Queue(capacity: 10, "a1", "a2", "a3", "b1", "b2");
        Assert.Equal("a1", queue.Dequeue());
        Enqueue(queue, "c1");
        Assert.Equal(["b1", "a2", "c1", "b2", "a3"], Drain(queue));
    }

    [Fact]
    public void A_flow_that_has_been_served_whole_begins_anew()
    {
        var queue = Queue(capacity: 10, "a1", "b1", "b2");
        Assert.Equal("a1", queue.Dequeue());
        Enqueue(queue, "a2");
        Assert.Equal(["b1", "a2", "b2"], Drain(queue));
    }

    [Fact]
    public void When_it_is_full_the_longest_flow_loses_its_newest()
    {
        var queue = Queue(capacity: 4, "a1", "a2", "a3", "b1");
        Assert.Equal("a3", Enqueue(queue, "c1"));
        Assert.Equal(4, queue.Count);
        Assert.Equal(["a1", "b1", "c1", "a2"], Drain(queue));
    }

    [Fact]
    public void When_it_is_full_a_flow_that_is_among_the_longest_is_refused()
    {
        var queue = Queue(capacity: 4, "a1", "a2", "b1", "b2");
        Assert.Equal("a3", Enqueue(queue, "a3"));
        Assert.Equal("b2", Enqueue(queue, "c1"));
        Assert.Equal("c2", Enqueue(queue, "c2"));
        Assert.Equal("d1", Enqueue(Queue(capacity: 2, "a1", "b1"), "d1"));
    }

    [Fact]
    public void A_queue_without_room_takes_nothing()
    {
        var queue = Queue(capacity: 0);
        Assert.Equal("a1", Enqueue(queue, "a1"));
        Assert.Equal(0, queue.Count);
        Assert.Null(queue.Dequeue());
    }

    [Fact]
    public void A_flow_that_is_not_ready_is_passed_over_and_keeps_its_turn()
    {
        var queue = Queue(capacity: 10, "a1", "a2", "b1", "b2", "c1");
        Assert.Equal("b1", queue.Dequeue(flow => flow != 'a'));
        Assert.Equal("a1", queue.Dequeue());
        Assert.Null(queue.Dequeue(_ => false));
        Assert.Equal(["c1", "b2", "a2"], Drain(queue));
    }

    [Fact]
    public void What_is_removed_is_gone_and_gone_once()
    {
        var queue = Queue(capacity: 10, "a1", "b1");
        var entry = queue.Enqueue('a', "a2", out _);
        Assert.True(queue.Remove(entry));
        Assert.False(queue.Remove(entry));
        Assert.Equal(["a1", "b1"], Drain(queue));

        var refused = Queue(capacity: 0).Enqueue('a', "a1", out _);
        Assert.False(queue.Remove(refused));
    }

    [Fact]
    public void What_was_dropped_tells_whether_its_flow_has_more()
    {
        var queue = Queue(capacity: 2, "a1", "b1");
        Assert.False(queue.Enqueue('a', "a2", out _).IsLastOfFlow);
        Assert.True(queue.Enqueue('c', "c1", out _).IsLastOfFlow);
    }

    [Fact]
    public void However_items_come_and_go_the_longest_flow_is_known()
    {
        var random = new Random(20_261_126);
        var queue = new FairQueue<int, string>(capacity: 50);
        var waiting = new List<(int Flow, string Item, FairQueue<int, string>.Entry Entry)>();
        for (var i = 0; i < 20_000; i++)
        {
            switch (random.Next(5))
            {
                case 0 when queue.Count > 0:
                    var served = queue.Dequeue();
                    Assert.Equal(1, waiting.RemoveAll(one => one.Item == served));
                    break;
                case 1 when waiting.Count > 0:
                    var left = waiting[random.Next(waiting.Count)];
                    Assert.True(queue.Remove(left.Entry));
                    waiting.Remove(left);
                    break;
                default:
                    var flow = random.Next(8) * random.Next(8);
                    var longest = waiting.Count == 0 ? 0 : waiting.GroupBy(one => one.Flow).Max(one => one.Count());
                    var own = waiting.Count(one => one.Flow == flow);
                    var isFull = queue.Count == 50;
                    var entry = queue.Enqueue(flow, $"{i}", out var dropped);
                    waiting.Add((flow, $"{i}", entry));
                    Assert.Equal(isFull, dropped is not null);
                    if (dropped is null)
                        break;
                    var victim = waiting.Single(one => one.Item == dropped);
                    Assert.Equal(longest < own + 2, victim.Item == $"{i}");
                    Assert.True(victim.Item == $"{i}" || waiting.Count(one => one.Flow == victim.Flow) == longest);
                    Assert.True(waiting.FindLastIndex(one => one.Flow == victim.Flow) == waiting.IndexOf(victim));
                    waiting.Remove(victim);
                    break;
            }

            Assert.Equal(waiting.Count, queue.Count);
        }
    }

    // A flow is the letter that an item begins with.
    private static FairQueue<char, string> Queue(int capacity, params string[] items)
    {
        var queue = new FairQueue<char, string>(capacity);
        foreach (var item in items)
            Assert.Null(Enqueue(queue, item));
        return queue;
    }

    private static string? Enqueue(FairQueue<char, string> queue, string item)
    {
        queue.Enqueue(item[0], item, out var dropped);
        return dropped;
    }

    private static List<string> Drain(FairQueue<char, string> queue)
    {
        var items = new List<string>();
        while (queue.Count > 0)
            items.Add(queue.Dequeue()!);
        return items;
    }
}
