using FluentValidation;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks;

namespace Shop.Host.Identity.Users;

/// <summary>
/// The section <c>Identity:Passwords</c>: how much of a process sign-ins, registrations and changes of password may
/// take.
/// </summary>
internal sealed class PasswordLimitOptions
{
    /// <summary>Passwords hashed at once; null: half of the processors, at least one.</summary>
    public int? MaximumConcurrency { get; set; }

    /// <summary>
    /// Requests that wait for their turn, of all networks together. One network may fill a quarter of it.
    /// </summary>
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
/// <param name="QueueLengthOfNetwork">Requests of one network that wait.</param>
internal sealed record PasswordLimits(int Requests, int Hashes, int QueueLength, int QueueLengthOfNetwork)
{
    // While one request hashes, others read and write the database.
    private const int RequestsPerHash = 4;
    private const int SharesOfPool = 4;
    private const int SharesOfQueue = 4;

    public static PasswordLimits Of(PasswordLimitOptions options, int processors, int poolSize)
    {
        var hashes = options.MaximumConcurrency ?? Math.Max(1, processors / 2);
        var requests = Math.Clamp(hashes * RequestsPerHash, 1, Math.Max(1, poolSize / SharesOfPool));
        var ofNetwork = (options.QueueLength + SharesOfQueue - 1) / SharesOfQueue;
        return new PasswordLimits(requests, Math.Min(hashes, requests), options.QueueLength, ofNetwork);
    }

    public static PasswordLimits Of(IServiceProvider services) => Of(
        services.GetRequiredService<IOptions<PasswordLimitOptions>>().Value,
        Environment.ProcessorCount,
        PoolSizeOf(services.GetRequiredService<NpgsqlDataSource>()));

    private static int PoolSizeOf(NpgsqlDataSource source) =>
        new NpgsqlConnectionStringBuilder(source.ConnectionString).MaxPoolSize;
}
