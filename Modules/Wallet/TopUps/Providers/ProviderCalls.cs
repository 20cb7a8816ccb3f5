using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Shop.BuildingBlocks.Concurrency;

namespace Shop.Wallet.TopUps.Providers;

/// <summary>
/// Calls to the provider: each with a timeout, behind a circuit breaker, and a bounded number at once. None holds a
/// connection or a permit of the overload limiter.
/// </summary>
internal sealed class ProviderCalls
{
    private const int PartOfCustomer = 8;

    private readonly IPaymentProvider? provider;
    private readonly ILogger<ProviderCalls> log;
    private readonly FairConcurrencyLimiter<CallerKey> limiter;
    private readonly FairConcurrencyLimiter<CallerKey> reads;
    private readonly ResiliencePipeline<ProviderAnswer> pipeline;

    public ProviderCalls(
        FakeProvider fake, TossProvider toss, IOptions<TopUpOptions> options, TimeProvider time,
        ILogger<ProviderCalls> log)
    {
        provider = options.Value.Provider switch
        {
            TopUpProvider.Fake => fake,
            TopUpProvider.Toss => toss,
            _ => null,
        };
        this.log = log;
        limiter = Limiter(options.Value.Concurrency);
        reads = Limiter(options.Value.Concurrency);
        pipeline = new ResiliencePipelineBuilder<ProviderAnswer> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<ProviderAnswer>
            {
                FailureRatio = 0.5,
                MinimumThroughput = 10,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = TimeSpan.FromSeconds(5),
                ShouldHandle = call => ValueTask.FromResult(
                    call.Outcome.Exception is TimeoutRejectedException || call.Outcome.Result is ProviderAnswer.None),
            })
            .AddTimeout(options.Value.Timeout)
            .Build();
    }

    /// <summary>The configured one; null without.</summary>
    public IPaymentProvider? Provider => provider;

    /// <returns>The permit of one confirm.</returns>
    /// <exception cref="ErrorException">503 <c>unavailable</c>: too many are under way.</exception>
    public Task<IDisposable> AcquireAsync(CallerKey caller, CancellationToken ct) =>
        AcquireAsync(limiter, caller, ct);

    /// <summary>
    /// For reading what became of a confirm before: no call to the provider is waited for with it, nor in front of it.
    /// </summary>
    /// <returns>The permit of one reading.</returns>
    /// <exception cref="ErrorException">503 <c>unavailable</c>: too many are under way.</exception>
    public Task<IDisposable> AcquireReadAsync(CallerKey caller, CancellationToken ct) =>
        AcquireAsync(reads, caller, ct);

    public Task<ProviderAnswer> ConfirmAsync(TopUpRow topUp, string paymentId) =>
        CallAsync(topUp, (known, ct) => known.ConfirmAsync(topUp.TopUpId, topUp.Amount, paymentId, ct));

    public Task<ProviderAnswer> LookUpAsync(TopUpRow topUp) =>
        CallAsync(topUp, (known, ct) => known.LookUpAsync(topUp.TopUpId, ct));

    private static FairConcurrencyLimiter<CallerKey> Limiter(int concurrency) => new(
        concurrency,
        concurrency,
        1,
        new FlowLimit<CallerKey>(concurrency / PartOfCustomer, static caller => caller.IsCustomer));

    private static async Task<IDisposable> AcquireAsync(
        FairConcurrencyLimiter<CallerKey> limiter, CallerKey caller, CancellationToken ct)
    {
        var (_, permit) = await limiter.AcquireAsync(caller, ct);
        return permit ?? throw new ErrorException(
            CommandErrors.Unavailable.Of("Too many top-ups are under way. Try again shortly."));
    }

    // The caller's leaving ends no call: the money may have been taken.
    private async Task<ProviderAnswer> CallAsync(
        TopUpRow topUp, Func<IPaymentProvider, CancellationToken, Task<ProviderAnswer>> call)
    {
        if (provider?.Name != topUp.Provider)
            return new ProviderAnswer.None($"{topUp.Provider} is not configured.");
        try
        {
            var answer = await pipeline.ExecuteAsync(
                async ct => await call(provider, ct), CancellationToken.None);
            if (answer is ProviderAnswer.None none)
                Warn(topUp, none.Error);
            return answer;
        }
        catch (Exception error) when (error is TimeoutRejectedException or BrokenCircuitException)
        {
            Warn(topUp, error.Message);
            return new ProviderAnswer.None(error.Message);
        }
    }

    private void Warn(TopUpRow topUp, string error) => log.LogWarning(
        "{Provider} did not answer about top-up {TopUpId}: {Error}", topUp.Provider, topUp.TopUpId, error);
}
