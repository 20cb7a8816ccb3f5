namespace Shop.Coupons;

/// <summary>The section <c>Coupons</c>.</summary>
internal sealed class CouponsOptions
{
    public QueueOptions Queue { get; set; } = new();

    public StreamOptions Streams { get; set; } = new();

    internal sealed class QueueOptions
    {
        /// <summary>How often a coupon's queue is processed, whatever the number of instances.</summary>
        public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

        /// <summary>How many entries of a coupon's queue are processed each time.</summary>
        public int BatchSize { get; set; } = 100;
    }

    internal sealed class StreamOptions
    {
        /// <summary>How many streams one host keeps open.</summary>
        public int Maximum { get; set; } = 10_000;

        /// <summary>How many of those one user may have.</summary>
        public int MaximumPerUser { get; set; } = 10;

        /// <summary>How often the host looks for changes to tell its streams.</summary>
        public TimeSpan Interval { get; set; } = TimeSpan.FromMilliseconds(500);

        /// <summary>
        /// After how much silence a stream gets a comment, so that nothing in between takes it for dead.
        /// </summary>
        public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);
    }
}

internal sealed class CouponsOptionsValidator : AbstractValidator<CouponsOptions>
{
    public CouponsOptionsValidator()
    {
        RuleFor(options => options.Queue.Interval).InclusiveBetween(
            TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        RuleFor(options => options.Queue.BatchSize).InclusiveBetween(1, 100_000);
        RuleFor(options => options.Streams.Maximum).InclusiveBetween(0, 1_000_000);
        RuleFor(options => options.Streams.MaximumPerUser).InclusiveBetween(1, 1_000_000);
        RuleFor(options => options.Streams.Interval).InclusiveBetween(
            TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1));
        RuleFor(options => options.Streams.Heartbeat).InclusiveBetween(
            TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
    }
}
