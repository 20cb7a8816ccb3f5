using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Identity.Users;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

/// <summary>
/// Requests that hash passwords wait for each other, and for nobody else. The hasher of these tests hashes when a test
/// lets it.
/// </summary>
public sealed class PasswordLimitTests : IdentityTest
{
    private const int Hashes = 2;
    private const int Requests = 4 * Hashes;
    private const int QueueLength = 16;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly HeldHasher hasher = new();

    // One permit for all other requests, and no queue: a sign-in that held it would stop them all. A quarter of the
    // pool is as many requests as the hashes allow.
    private protected override async Task<ShopHost> StartAsync() => await ShopHost.StartAsync(
        new NpgsqlConnectionStringBuilder(await TestDatabases.CreateAsync())
        {
            MaxPoolSize = 4 * Requests,
        }.ConnectionString,
        new Dictionary<string, string>
        {
            ["Http:KnownProxies"] = "127.0.0.1,::1",
            ["RateLimiting:Enabled"] = "false",
            ["Overload:MaximumConcurrency"] = "1",
            ["Overload:QueueLength"] = "0",
            ["Identity:Passwords:MaximumConcurrency"] = $"{Hashes}",
            ["Identity:Passwords:QueueLength"] = $"{QueueLength}",
        },
        services => services.AddSingleton<IPasswordHasher<User>>(hasher));

    [Fact]
    public async Task Thirty_sign_ins_with_one_account_are_five_attempts_and_stop_nobody_else()
    {
        var customer = await SignUpAsync();
        using var held = hasher.Hold();
        var answers = Enumerable.Range(0, 30).Select(_ => TrySignInAsync(customer.Email)).ToList();
        await UntilOpenAsync(answers, 5);
        foreach (var refused in answers.Where(answer => answer.IsCompleted).Select(answer => answer.Result))
        {
            refused.ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.True(refused.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        }

        (await Anonymous.GetAsync("/products")).Expect(HttpStatusCode.OK);
        (await customer.GetAsync($"/users/{customer.UserId}/balance")).Expect(HttpStatusCode.OK);

        held.Dispose();
        Assert.Equal(5, (await Task.WhenAll(answers)).Count(answer => answer.Status == HttpStatusCode.OK));
    }

    [Fact]
    public async Task A_network_that_fills_the_queue_makes_room_for_others()
    {
        var customer = await SignUpAsync();
        using var held = hasher.Hold();
        var flood = Shop.ClientFrom("203.0.113.1");
        var answers = Enumerable.Range(0, 40)
            .Select(i => flood.PostAsync("/sessions", new { email = $"{i}@example.com", password = Password }))
            .ToList();
        await UntilOpenAsync(answers, Requests + QueueLength);
        Assert.All(
            answers.Where(answer => answer.IsCompleted),
            answer => answer.Result.ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited"));

        var bystander = Shop.ClientFrom("198.51.100.1")
            .PostAsync("/sessions", new { email = customer.Email, password = Password });
        // The flood's newest makes room.
        await UntilOpenAsync(answers, Requests + QueueLength - 1);
        held.Dispose();
        (await bystander).Expect(HttpStatusCode.OK);
        Assert.All(
            (await Task.WhenAll(answers)).Where(answer => answer.Status != HttpStatusCode.TooManyRequests),
            answer => answer.ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials"));
    }

    [Fact]
    public async Task A_full_queue_is_answered_at_once()
    {
        using var held = hasher.Hold();
        var answers = Enumerable.Range(0, 40)
            .Select(i => RegisterFromAsync($"203.0.113.{i}", $"{i}@example.com"))
            .ToList();
        await UntilOpenAsync(answers, Requests + QueueLength);
        foreach (var refused in answers.Where(answer => answer.IsCompleted).Select(answer => answer.Result))
        {
            refused.ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
            Assert.True(refused.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        }

        held.Dispose();
        var created = (await Task.WhenAll(answers)).Count(answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(Requests + QueueLength, created);
    }

    [Fact]
    public async Task Sign_ins_registrations_and_changes_hash_as_many_at_once_as_is_set()
    {
        var customer = await SignUpAsync();
        using var held = hasher.Hold();
        var answers = Enumerable.Range(0, 3)
            .SelectMany(i => new[]
            {
                RegisterFromAsync($"203.0.113.{i}", $"{i}@example.com"),
                Shop.ClientFrom($"198.51.100.{i}")
                    .PostAsync("/sessions", new { email = customer.Email, password = Password }),
                Shop.ClientFrom($"192.0.2.{i}", customer.Client.AccessToken).PutAsync(
                    $"/users/{customer.UserId}/password",
                    new { currentPassword = "wrong password", newPassword = "battery staple" }),
            })
            .ToList();

        await held.UntilInsideAsync(Hashes);
        var passwords = Shop.Services.GetRequiredService<Passwords>();
        var another = passwords.HashAsync(Password, CancellationToken.None);
        Assert.False(another.IsCompleted);
        Assert.Equal(Hashes, hasher.Inside);
        held.Dispose();
        await another;
        await Task.WhenAll(answers);
        Assert.Equal(Hashes, hasher.Most);
    }

    [Fact]
    public async Task A_caller_that_leaves_gives_its_place_in_the_queue_back()
    {
        var held = hasher.Hold();
        using var http = Shop.CreateClient();
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.1");
        using var leaving = new CancellationTokenSource();
        var left = Enumerable.Range(0, 40).Select(i => PostAsync(i)).ToList();
        await UntilOpenAsync(left, Requests + QueueLength);
        await leaving.CancelAsync();
        await Task.WhenAll(left.Select(request => request.ContinueWith(_ => { }, TaskScheduler.Default)));

        held.Dispose();
        (await RegisterFromAsync("203.0.113.1", "stays@example.com")).Expect(HttpStatusCode.Created);

        async Task PostAsync(int i)
        {
            using var body = JsonContent.Create(new { email = $"{i}@example.com", password = Password });
            (await http.PostAsync("/api/v1/sessions", body, leaving.Token)).Dispose();
        }
    }

    private Task<Answer> RegisterFromAsync(string address, string email) =>
        Shop.ClientFrom(address).PostAsync("/users", new { email, password = Password, name = "Somebody" });

    private static async Task UntilOpenAsync(IEnumerable<Task> requests, int count)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var open = requests.ToList();
        while (open.Count > count)
            open.Remove(await Task.WhenAny(open).WaitAsync(deadline.Token));
    }

    /// <summary>Hashes for real, but not while it is held; and counts how many at once.</summary>
    private sealed class HeldHasher : IPasswordHasher<User>
    {
        private readonly PasswordHasher<User> real =
            new(Options.Create(new PasswordHasherOptions { IterationCount = 1_000 }));

        private readonly Lock mutex = new();
        private volatile Action? wait;

        public int Inside { get; private set; }

        public int Most { get; private set; }

        public Holding Hold()
        {
            var holding = new Holding(this);
            wait = holding.Wait;
            return holding;
        }

        public string HashPassword(User user, string password) => Measure(() => real.HashPassword(user, password));

        public PasswordVerificationResult VerifyHashedPassword(
            User user, string hashedPassword, string providedPassword) =>
            Measure(() => real.VerifyHashedPassword(user, hashedPassword, providedPassword));

        private T Measure<T>(Func<T> hash)
        {
            lock (mutex)
                Most = Math.Max(Most, ++Inside);
            try
            {
                wait?.Invoke();
                return hash();
            }
            finally
            {
                lock (mutex)
                    Inside--;
            }
        }

        public sealed class Holding(HeldHasher hasher) : IDisposable
        {
            private readonly TaskCompletionSource over = new();
            private readonly SemaphoreSlim inside = new(0);

            /// <summary>Returns when so many wait inside the hasher.</summary>
            public async Task UntilInsideAsync(int count)
            {
                for (var i = 0; i < count; i++)
                    Assert.True(await inside.WaitAsync(Deadline), $"{i} came to the hasher instead of {count}");
            }

            public void Wait()
            {
                inside.Release();
                if (!over.Task.Wait(Deadline))
                    throw new TimeoutException("The hasher was held until the deadline.");
            }

            public void Dispose()
            {
                over.TrySetResult();
                hasher.wait = null;
            }
        }
    }
}
