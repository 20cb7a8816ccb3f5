using System.Numerics;

namespace Shop.Bench.Load;

/// <summary>Counts of latencies in microseconds, exact to one part in 64.</summary>
internal sealed class Latencies
{
    private const int SubBits = 6;

    private readonly long[] counts = new long[(64 - SubBits) << SubBits];

    public long Count { get; private set; }

    public void Add(long microseconds)
    {
        counts[IndexOf(microseconds)]++;
        Count++;
    }

    public void Add(Latencies others)
    {
        for (var i = 0; i < counts.Length; i++)
            counts[i] += others.counts[i];
        Count += others.Count;
    }

    /// <returns>Milliseconds; 0 where nothing was counted.</returns>
    public double Quantile(double share)
    {
        var wanted = (long)Math.Ceiling(share * Count);
        for (var i = 0; i < counts.Length; i++)
        {
            wanted -= counts[i];
            if (wanted <= 0 && Count > 0)
                return ValueAt(i) / 1000.0;
        }

        return 0;
    }

    private static int IndexOf(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value | 1) - SubBits);
        return (shift << SubBits) + (int)(value >> shift);
    }

    private static double ValueAt(int index)
    {
        var shift = Math.Max(0, (index >> SubBits) - 1);
        return (index - (shift << SubBits)) * Math.Pow(2, shift);
    }
}
