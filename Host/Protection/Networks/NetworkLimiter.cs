using Shop.BuildingBlocks.Http;

namespace Shop.Host.Protection.Networks;

/// <summary>
/// Concurrency limit for each network. A network has an entry while it holds something, so memory is bounded by what is
/// held.
/// </summary>
internal sealed class NetworkLimiter(int limit)
{
    private readonly Dictionary<ClientNetwork, int> held = [];
    private readonly Lock access = new();

    public bool TryAcquire(ClientNetwork network)
    {
        lock (access)
        {
            var count = held.GetValueOrDefault(network);
            if (count >= limit)
                return false;
            held[network] = count + 1;
            return true;
        }
    }

    public void Release(ClientNetwork network)
    {
        lock (access)
        {
            if (held[network] == 1)
                held.Remove(network);
            else
                held[network]--;
        }
    }
}
