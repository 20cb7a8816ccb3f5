using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Shop.Identity.Access;

namespace Shop.Identity.External;

/// <summary>
/// The provider's discovery document and keys. They are read when the first token comes, again while tokens come, and
/// for a key that is not among them; one read at a time, which the requests that need it share.
/// </summary>
internal sealed class ProviderConfiguration : IConfigurationManager<OpenIdConnectConfiguration>, IDisposable
{
    /// <summary>How long the keys that are known are used while the provider can't be reached.</summary>
    public static readonly TimeSpan MaximumAge = TimeSpan.FromDays(1);

    /// <summary>A key that the provider withdrew ends with the next read.</summary>
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMinutes(10);

    // A client can send tokens that name unknown keys.
    private static readonly TimeSpan UnknownKeyInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(3);

    private const int MaximumDocument = 256 * 1024;

    private readonly Lock access = new();
    private readonly TimeProvider time;
    private readonly ILogger<ProviderConfiguration> log;
    private readonly HttpClient http;
    private readonly HttpDocumentRetriever documents;
    private readonly string address;
    private volatile Known? latest;
    private Task<Known>? reading;
    private AccessTime? failed;

    public ProviderConfiguration(
        IOptions<ExternalIdentityOptions> options,
        IHostEnvironment environment,
        TimeProvider time,
        ILogger<ProviderConfiguration> log)
    {
        (this.time, this.log) = (time, log);
        address = $"{options.Value.Authority?.TrimEnd('/')}/.well-known/openid-configuration";
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = ReadTimeout,
            PooledConnectionLifetime = RefreshInterval,
        };
        http = new HttpClient(handler) { Timeout = ReadTimeout, MaxResponseContentBufferSize = MaximumDocument };
        documents = new HttpDocumentRetriever(http) { RequireHttps = !environment.IsDevelopment() };
    }

    /// <param name="keyId">Of the key that signed a token; null where the token names none.</param>
    /// <returns>The provider's configuration, read again where it lacks the key.</returns>
    /// <exception cref="ErrorException">503 <c>unavailable</c>: the provider can't be reached.</exception>
    public async Task<OpenIdConnectConfiguration> WithKeyAsync(string? keyId, CancellationToken ct)
    {
        if (latest is not { } known || known.ReadAt.Age(time) > MaximumAge)
            return (await ShareReadAsync(ct)).Configuration;
        var age = known.ReadAt.Age(time);
        if (keyId is not null && !known.HasKey(keyId) && age >= UnknownKeyInterval)
            return (await ShareReadAsync(ct)).Configuration;
        if (age >= RefreshInterval)
            Refresh();
        return known.Configuration;
    }

    /// <inheritdoc cref="WithKeyAsync" path="/exception"/>
    public Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel) =>
        WithKeyAsync(keyId: null, cancel);

    /// <summary>
    /// For the framework, which asks for it after a token has failed: <see cref="WithKeyAsync"/> did.
    /// </summary>
    public void RequestRefresh()
    {
    }

    public void Dispose() => http.Dispose();

    // The last configuration holds while it is read again; a failure has been logged.
    private void Refresh() => _ = ShareReadAsync(CancellationToken.None).ContinueWith(
        static read => read.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private async Task<Known> ShareReadAsync(CancellationToken ct)
    {
        Task<Known> shared;
        lock (access)
        {
            if (reading is null or { IsCompleted: true })
            {
                if (failed?.Age(time) < RetryInterval)
                    throw Unavailable();
                reading = Task.Run(ReadAsync, CancellationToken.None);
            }

            shared = reading;
        }

        return await shared.WaitAsync(ct);
    }

    private async Task<Known> ReadAsync()
    {
        var began = AccessTime.Now(time);
        try
        {
            using var limit = new CancellationTokenSource(ReadTimeout);
            var read = await OpenIdConnectConfigurationRetriever.GetAsync(address, documents, limit.Token);
            if (string.IsNullOrEmpty(read.Issuer) || read.SigningKeys.Count == 0)
                throw new InvalidDataException("The discovery document names no issuer, or its key set has no key.");
            failed = null;
            return latest = new Known(read, began);
        }
        catch (Exception error)
        {
            // An unreadable answer of the provider is the same to a caller as none.
            failed = AccessTime.Now(time);
            log.LogWarning(
                "The identity provider's configuration at {Address} can't be read: {Error}", address, error.Message);
            throw Unavailable();
        }
    }

    private static ErrorException Unavailable() => new(CommandErrors.Unavailable.Of(
        "The identity provider can't be reached, so its tokens can't be checked right now. Try again shortly."));

    private sealed record Known(OpenIdConnectConfiguration Configuration, AccessTime ReadAt)
    {
        private readonly HashSet<string> keyIds =
            [.. Configuration.SigningKeys.Select(key => key.KeyId).OfType<string>()];

        public bool HasKey(string keyId) => keyIds.Contains(keyId);
    }
}
