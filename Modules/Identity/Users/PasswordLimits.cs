using Microsoft.Extensions.Options;
using Npgsql;

namespace Shop.Identity.Users;

/// <summary>
/// The section <c>Identity:Passwords</c>: how much of a process sign-ins, registrations and changes of password may
/// take.
/// </summary>
internal sealed class PasswordLimitOptions
{
    /// <summary>Passwords hashed at once; null: half of the processors, at least one.</summary>
    public int? MaximumConcurrency { get; set; }

    /// <summary>Requests that wait for their turn. Beyond them the network with most is refused.</summary>
    public int QueueLength { get; set; } = 1_024;
}

internal sealed class PasswordLimitOptionsValidator : AbstractValidator<PasswordLimitOptions>
{
    public PasswordLimitOptionsValidator()
    {
        RuleFor(options => options.MaximumConcurrency).InclusiveBetween(1, 1_024);
        RuleFor(options => options.QueueLength).InclusiveBetween(0, 100_000);
    }
}

/// <summary>The limits of <see cref="PasswordLimitOptions"/> for this machine and this connection pool.</summary>
/// <param name="Requests">Requests under way at once: a quarter of the pool's connections at most, since each uses one
/// in short statements.</param>
/// <param name="Hashes">Passwords hashed at once.</param>
/// <param name="QueueLength">Requests that wait.</param>
internal sealed record PasswordLimits(int Requests, int Hashes, int QueueLength)
{
    // While one request hashes, others read and write the database.
    private const int RequestsPerHash = 4;
    private const int SharesOfPool = 4;

    public static PasswordLimits Of(PasswordLimitOptions options, int processors, int poolSize)
    {
        var hashes = options.MaximumConcurrency ?? Math.Max(1, processors / 2);
        var requests = Math.Clamp(hashes * RequestsPerHash, 1, Math.Max(1, poolSize / SharesOfPool));
        return new PasswordLimits(requests, Math.Min(hashes, requests), options.QueueLength);
    }

    public static PasswordLimits Of(IServiceProvider services) => Of(
        services.GetRequiredService<IOptions<PasswordLimitOptions>>().Value,
        Environment.ProcessorCount,
        ConnectionPool.SizeOf(services.GetRequiredService<NpgsqlDataSource>()));
}
