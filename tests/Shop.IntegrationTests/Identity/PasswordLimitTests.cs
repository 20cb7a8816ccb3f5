using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Host.Identity.Users;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

/// <summary>
/// Requests that hash passwords wait for each other, and for nobody else. The hasher of these tests hashes when a test
/// lets it.
/// </summary>
public sealed class PasswordLimitTests : IdentityTest
{
    private readonly HeldHasher hasher = new();

    // One permit for all other requests, and no queue: a sign-in that held it would stop them all.
    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync(
        new Dictionary<string, string>
        {
            ["Http:KnownProxies"] = "127.0.0.1,::1",
            ["RateLimiting:Enabled"] = "false",
            ["Overload:MaximumConcurrency"] = "1",
            ["Overload:QueueLength"] = "0",
            ["Identity:Passwords:MaximumConcurrency"] = "2",
            ["Identity:Passwords:QueueLength"] = "16",
        },
        services => services.AddSingleton<IPasswordHasher<User>>(hasher));

    [Fact]
    public async Task Thirty_sign_ins_with_one_account_are_five_attempts_and_stop_nobody_else()
    {
        var customer = await SignUpAsync();
        using var held = hasher.Hold();
        var answers = Enumerable.Range(0, 30).Select(_ => TrySignInAsync(customer.Email)).ToList();
        var open = answers.ToList<Task>();
        while (open.Count > 5)
            open.Remove(await Task.WhenAny(open));
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
    public async Task A_network_that_fills_its_share_of_the_queue_leaves_room_for_others()
    {
        var customer = await SignUpAsync();
        using var held = hasher.Hold();
        var flood = Shop.ClientFrom("203.0.113.1");
        var answers = Enumerable.Range(0, 40)
            .Select(i => flood.PostAsync("/sessions", new { email = $"{i}@example.com", password = Password }))
            .ToList();
        // Two permits (a quarter of the pool of ten), and four places of sixteen.
        var open = answers.ToList<Task>();
        while (open.Count > 2 + 4)
            open.Remove(await Task.WhenAny(open));
        Assert.All(
            answers.Where(answer => answer.IsCompleted),
            answer => answer.Result.ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited"));

        var bystander = Shop.ClientFrom("198.51.100.1")
            .PostAsync("/sessions", new { email = customer.Email, password = Password });
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
        var open = answers.ToList<Task>();
        while (open.Count > 2 + 16)
            open.Remove(await Task.WhenAny(open));
        foreach (var refused in answers.Where(answer => answer.IsCompleted).Select(answer => answer.Result))
        {
            refused.ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
            Assert.True(refused.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        }

        held.Dispose();
        Assert.Equal(18, (await Task.WhenAll(answers)).Count(answer => answer.Status == HttpStatusCode.Created));
    }

    [Fact]
    public async Task Sign_ins_registrations_and_changes_hash_as_many_at_once_as_is_set()
    {
        var customer = await SignUpAsync();
        hasher.Reset();
        await Task.WhenAll(
        [
            .. Enumerable.Range(0, 4).Select(i => (Task)SignInAsync(customer.Email, Password)),
            .. Enumerable.Range(0, 4).Select(i => RegisterAsync($"{i}@example.com")),
            customer.Client.PutAsync(
                $"/users/{customer.UserId}/password",
                new { currentPassword = "wrong password", newPassword = "battery staple" }),
        ]);
        Assert.InRange(hasher.Most, 1, 2);
    }

    [Fact]
    public async Task A_caller_that_leaves_gives_its_place_in_the_queue_back()
    {
        var held = hasher.Hold();
        using var http = Shop.CreateClient();
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.1");
        using var leaving = new CancellationTokenSource();
        var left = Enumerable.Range(0, 40).Select(i => PostAsync(i)).ToList();
        var open = left.ToList<Task>();
        while (open.Count > 2 + 4)
            open.Remove(await Task.WhenAny(open));
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

    /// <summary>Hashes for real, but not while it is held; and counts how many at once.</summary>
    private sealed class HeldHasher : IPasswordHasher<User>
    {
        private readonly PasswordHasher<User> real =
            new(Options.Create(new PasswordHasherOptions { IterationCount = 1_000 }));

        private readonly Lock mutex = new();
        private volatile TaskCompletionSource? hold;
        private int atOnce;

        public int Most { get; private set; }

        public void Reset() => Most = 0;

        public Holding Hold()
        {
            hold = new TaskCompletionSource();
            return new Holding(this);
        }

        public string HashPassword(User user, string password) => Measure(() => real.HashPassword(user, password));

        public PasswordVerificationResult VerifyHashedPassword(
            User user, string hashedPassword, string providedPassword) =>
            Measure(() => real.VerifyHashedPassword(user, hashedPassword, providedPassword));

        private T Measure<T>(Func<T> hash)
        {
            lock (mutex)
                Most = Math.Max(Most, ++atOnce);
            try
            {
                hold?.Task.Wait();
                return hash();
            }
            finally
            {
                lock (mutex)
                    atOnce--;
            }
        }

        public sealed class Holding(HeldHasher hasher) : IDisposable
        {
            public void Dispose()
            {
                hasher.hold?.TrySetResult();
                hasher.hold = null;
            }
        }
    }
}
