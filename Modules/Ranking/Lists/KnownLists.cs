using System.Collections.Concurrent;

namespace Shop.Ranking.Lists;

/// <summary>
/// The stored lists as this process has read them, for a moment: they change once in a while, and everybody asks for them. What this process computes is seen
/// at once, what another instance computes within <see cref="Lifetime"/>.
/// </summary>
internal sealed class KnownLists(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<GetPopular, (PopularProducts List, DateTimeOffset ReadAt)> lists = new();
    private int version;

    public PopularProducts? Find(GetPopular query) => lists.TryGetValue(query, out var known) && (time.GetUtcNow() - known.ReadAt).Duration() < Lifetime ? known.List : null;

    /// <summary>Reads a list, and remembers it unless the lists were replaced meanwhile.</summary>
    public async Task<PopularProducts> ReadAsync(GetPopular query, Func<Task<PopularProducts>> read)
    {
        var (before, readAt) = (Volatile.Read(ref version), time.GetUtcNow());
        var list = await read();
        lists[query] = (list, readAt);
        if (Volatile.Read(ref version) != before)
            Forget();
        return list;
    }

    /// <summary>After the commit that replaced the stored lists.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref version);
        lists.Clear();
    }
}
