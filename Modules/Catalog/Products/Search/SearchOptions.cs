namespace Shop.Catalog.Products.Search;

/// <summary>The section <c>Catalog:Search</c>.</summary>
internal sealed class SearchOptions
{
    /// <summary>How long PostgreSQL may work on one search; beyond it 422 <c>catalog.search_too_broad</c>.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Concurrent searches of a host; null: one for each 16 connections of the pool.</summary>
    public int? Concurrency { get; set; }

    /// <summary>Searches that wait for one of those to end; beyond them 503.</summary>
    public int QueueLength { get; set; } = 64;

    /// <summary>How long a search waits in the queue; then 503.</summary>
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromSeconds(1);
}

internal sealed class SearchOptionsValidator : AbstractValidator<SearchOptions>
{
    public SearchOptionsValidator()
    {
        RuleFor(options => options.Timeout).InclusiveBetween(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));
        RuleFor(options => options.Concurrency).InclusiveBetween(1, 1_000);
        RuleFor(options => options.QueueLength).InclusiveBetween(0, 10_000);
        RuleFor(options => options.QueueTimeout)
            .InclusiveBetween(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));
    }
}
