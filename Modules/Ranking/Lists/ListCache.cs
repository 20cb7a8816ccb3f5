using System.Collections.Concurrent;

namespace Shop.Ranking.Lists;

/// <summary>
/// The stored lists as this process has read them, for a moment: they change once in a while, and everybody asks for
/// them. Lists computed by this process are seen at once, those of another instance within <see cref="Lifetime"/>.
/// </summary>
internal sealed class ListCache(TimeProvider time)
{
    // A list takes 60 KB at most.
    private const int MostLists = 256;

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<GetPopular, (PopularAnswer Answer, DateTimeOffset ReadAt)> lists = new();
    private int version;

    public PopularAnswer? Find(GetPopular query) =>
        lists.TryGetValue(query, out var cached) && (time.GetUtcNow() - cached.ReadAt).Duration() < Lifetime
            ? cached.Answer
            : null;

    /// <summary>Reads a list, and remembers it unless the lists were replaced meanwhile.</summary>
    public async Task<PopularAnswer> ReadAsync(GetPopular query, Func<Task<PopularAnswer>> read)
    {
        var (before, readAt) = (Volatile.Read(ref version), time.GetUtcNow());
        var answer = await read();
        if (lists.Count >= MostLists)
            lists.Clear();
        lists[query] = (answer, readAt);
        if (Volatile.Read(ref version) != before)
            Forget();
        return answer;
    }

    /// <summary>After the commit that replaced the stored lists.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref version);
        lists.Clear();
    }
}
