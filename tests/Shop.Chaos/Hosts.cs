using System.Collections.Concurrent;

namespace Shop.Chaos;

/// <summary>
/// The hosts as those see them who send requests: most of the time one that has just not answered is left alone for a
/// while.
/// </summary>
internal sealed class Hosts(IReadOnlyList<Uri> addresses)
{
    private static readonly TimeSpan Shunned = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Uri, DateTime> silent = new();

    public Uri Pick()
    {
        var answering = addresses.Where(
            address => !silent.TryGetValue(address, out var since) || DateTime.UtcNow - since > Shunned).ToList();
        var candidates = answering.Count == 0 || Random.Shared.Next(8) == 0 ? addresses : answering;
        return candidates[Random.Shared.Next(candidates.Count)];
    }

    public void DidNotAnswer(Uri address) => silent[address] = DateTime.UtcNow;
}
