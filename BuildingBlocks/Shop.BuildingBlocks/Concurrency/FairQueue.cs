namespace Shop.BuildingBlocks.Concurrency;

/// <summary>
/// Bounded fair queue (round robin between flows, first come first served within one). When it is full, the longest
/// flow loses its newest item (longest queue drop): a flow that floods takes the room of no other. Every operation is
/// O(1), but for the flows that are not ready, which a removal passes over. Not thread-safe.
/// </summary>
internal sealed class FairQueue<TFlow, TItem>(int capacity)
    where TFlow : notnull
    where TItem : class
{
    private readonly Dictionary<TFlow, Flow> flows = [];
    private readonly LinkedList<Flow> turns = [];
    private readonly FlowLengths lengths = new();

    public int Count { get; private set; }

    /// <param name="dropped">The item that had to go: another flow's, this one itself, or none.</param>
    /// <returns>The item's entry, for <see cref="Remove"/>.</returns>
    public Entry Enqueue(TFlow key, TItem item, out TItem? dropped)
    {
        var flow = flows.GetValueOrDefault(key) ?? new Flow(key);
        var entry = new Entry(flow, item);
        dropped = null;
        if (Count == capacity)
        {
            // Making room is fair only where the other flow stays at least as long as this one becomes.
            if (lengths.Longest is not { } longest || longest.Items.Count < flow.Items.Count + 2)
            {
                dropped = item;
                return entry;
            }

            dropped = longest.Items.Last!.Value.Item;
            Remove(longest.Items.Last.Value);
        }

        if (flow.Items.Count == 0)
        {
            flows.Add(key, flow);
            turns.AddLast(flow.Turn);
        }

        flow.Items.AddLast(entry.Node);
        lengths.Update(flow);
        Count++;
        return entry;
    }

    /// <summary>The oldest item of the flow whose turn it is. A flow that is not ready keeps its turn.</summary>
    /// <param name="isReady">Whether an item of the flow may leave the queue; null: any.</param>
    /// <returns>Null where no flow is ready.</returns>
    public TItem? Dequeue(Predicate<TFlow>? isReady = null)
    {
        for (var turn = turns.First; turn is not null; turn = turn.Next)
        {
            var flow = turn.Value;
            if (isReady?.Invoke(flow.Key) == false)
                continue;
            var entry = flow.Items.First!.Value;
            turns.Remove(turn);
            turns.AddLast(turn);
            Remove(entry);
            return entry.Item;
        }

        return null;
    }

    /// <returns>False where the item has left the queue before.</returns>
    public bool Remove(Entry entry)
    {
        if (entry.Node.List is null)
            return false;
        var flow = entry.Flow;
        flow.Items.Remove(entry.Node);
        lengths.Update(flow);
        Count--;
        if (flow.Items.Count == 0)
        {
            flows.Remove(flow.Key);
            turns.Remove(flow.Turn);
        }

        return true;
    }

    internal sealed class Entry
    {
        internal Entry(Flow flow, TItem item)
        {
            Flow = flow;
            Item = item;
            Node = new LinkedListNode<Entry>(this);
        }

        public TItem Item { get; }

        /// <summary>Whether an entry that has left the queue was the last of its flow.</summary>
        public bool IsLastOfFlow => Flow.Items.Count == 0;

        internal Flow Flow { get; }

        internal LinkedListNode<Entry> Node { get; }
    }

    internal sealed class Flow
    {
        public Flow(TFlow key)
        {
            Key = key;
            Turn = new LinkedListNode<Flow>(this);
            ByLength = new LinkedListNode<Flow>(this);
        }

        public TFlow Key { get; }

        public LinkedList<Entry> Items { get; } = [];

        public LinkedListNode<Flow> Turn { get; }

        public LinkedListNode<Flow> ByLength { get; }
    }

    /// <summary>The flows by how many items they have, so that the longest is known at any time.</summary>
    private sealed class FlowLengths
    {
        private readonly List<LinkedList<Flow>> byLength = [];
        private int maximum;

        public Flow? Longest => maximum == 0 ? null : byLength[maximum - 1].Last!.Value;

        /// <summary>After one item came or went.</summary>
        public void Update(Flow flow)
        {
            var length = flow.Items.Count;
            flow.ByLength.List?.Remove(flow.ByLength);
            if (length > byLength.Count)
                byLength.Add([]);
            if (length > 0)
                byLength[length - 1].AddLast(flow.ByLength);
            if (length > maximum)
                maximum = length;
            else if (maximum > 0 && byLength[maximum - 1].Count == 0)
                maximum--;
        }
    }
}
