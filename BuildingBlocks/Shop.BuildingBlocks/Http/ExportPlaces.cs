using Shop.BuildingBlocks.Commands;

namespace Shop.BuildingBlocks.Http;

/// <summary>Places of exports under way: a maximum of the host, of a caller, and of a subject.</summary>
/// <typeparam name="TCaller">The key of a caller; places are shared among callers.</typeparam>
/// <typeparam name="TSubject">The exported thing: once at a time.</typeparam>
public sealed class ExportPlaces<TCaller, TSubject>(int maximum, int ofCaller)
    where TCaller : notnull
{
    private readonly Lock access = new();
    private readonly List<(TCaller Caller, TSubject Subject)> taken = [];

    /// <returns>The place, until it is disposed of.</returns>
    /// <exception cref="ErrorException">429 <c>rate_limited</c>, 503 <c>unavailable</c>.</exception>
    public IDisposable Take(TCaller caller, TSubject subject)
    {
        lock (access)
        {
            if (taken.Exists(place => EqualityComparer<TSubject>.Default.Equals(place.Subject, subject)))
                throw new ErrorException(HttpErrors.RateLimited.Of("The same export is under way."));
            if (taken.Count(place => place.Caller.Equals(caller)) >= ofCaller)
                throw new ErrorException(HttpErrors.RateLimited.Of("Exports of this caller are under way."));
            if (taken.Count >= maximum)
                throw new ErrorException(
                    CommandErrors.Unavailable.Of("Other exports are under way. Try again shortly."));
            taken.Add((caller, subject));
            return new Place(this, (caller, subject));
        }
    }

    private sealed class Place(ExportPlaces<TCaller, TSubject> places, (TCaller, TSubject) place) : IDisposable
    {
        private int isGivenBack;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isGivenBack, 1) == 1)
                return;
            lock (places.access)
                places.taken.Remove(place);
        }
    }
}
