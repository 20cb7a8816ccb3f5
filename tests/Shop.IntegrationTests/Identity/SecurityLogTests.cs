using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Http;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

/// <summary>The lines and the counts of the security log, and the alerts on them.</summary>
public sealed partial class SecurityLogTests : IdentityTest, IDisposable
{
    private readonly CapturedLog log = new();
    private readonly ConcurrentBag<string> counted = [];
    private readonly MeterListener listener = new();
    private IMeterFactory? meters;

    public void Dispose()
    {
        listener.Dispose();
        log.Dispose();
    }

    private protected override async Task<ShopHost> StartAsync()
    {
        listener.InstrumentPublished = (instrument, subscription) =>
        {
            if (instrument.Name == SecurityLog.InstrumentName)
                subscription.EnableMeasurementEvents(instrument, instrument.Meter.Scope);
        };
        // Other hosts of this process count too, before this one has started and after it has ended.
        listener.SetMeasurementEventCallback<long>((_, value, tags, scope) =>
        {
            if (value == 1 && scope is not null && scope == meters)
                counted.Add((string)tags[0].Value!);
        });
        listener.Start();
        var host = await ShopHost.StartAsync(
            new Dictionary<string, string> { ["Identity:Lockout:MaxFailedAttempts"] = "30" }, log.AddTo);
        meters = host.Services.GetRequiredService<IMeterFactory>();
        return host;
    }

    [Fact]
    public async Task Each_event_has_a_line_with_its_network_and_subject_and_is_counted()
    {
        var customer = await SignUpAsync();
        var user = $"USER {customer.UserId}";
        await FailToSignInAsync(customer.Email, 1);
        await ExpectAsync("SIGN_IN_FAILED", user);
        await FailToSignInAsync("nobody@example.com", 1);
        await ExpectAsync("SIGN_IN_FAILED", "unknown");
        // Another way in counts as well.
        (await customer.Client.PutAsync(
            $"/users/{customer.UserId}/password", new { currentPassword = "wrong", newPassword = "battery staple" }))
            .Expect(HttpStatusCode.Unauthorized);
        await ExpectAsync("SIGN_IN_FAILED", user);

        (await customer.GetAsync("/admin/orders")).Expect(HttpStatusCode.Forbidden);
        await ExpectAsync("PERMISSION_REFUSED", user);

        var made = (await Admin.PostAsync(
            "/admin/api-keys", new { name = "Key", permissions = (string[])["orders:read"] }))
            .Expect(HttpStatusCode.Created);
        var key = Shop.Client(made["key"].GetString());
        (await key.GetAsync("/admin/users")).Expect(HttpStatusCode.Forbidden);
        await ExpectAsync("PERMISSION_REFUSED", $"API_KEY {made["apiKeyId"].GetString()}");
        (await Admin.DeleteAsync($"/admin/api-keys/{made["apiKeyId"].GetString()}")).Expect(HttpStatusCode.NoContent);
        (await key.GetAsync("/admin/orders")).Expect(HttpStatusCode.Unauthorized);
        await ExpectAsync("API_KEY_REFUSED", "unknown");

        var stolen = await OpenSessionAsync(customer.Email);
        Session.Of(await stolen.RefreshAsync(Shop));
        Shop.Clock.Advance(TimeSpan.FromSeconds(11));
        (await stolen.RefreshAsync(Shop)).Expect(HttpStatusCode.Unauthorized);
        await ExpectAsync("SESSION_THEFT", user);

        await FailToSignInAsync("guessed@example.com", 30);
        ExpectLocked(await TrySignInAsync("guessed@example.com"));
        await ExpectAsync("LOCKED_OUT", "unknown");

        Assert.Equal(
            EnumNames.All<SecurityEvent>().Order(StringComparer.Ordinal),
            counted.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(33, counted.Count(name => name == "SIGN_IN_FAILED"));
        Assert.DoesNotContain(log.Entries, entry => entry.Category == SecurityLog.Category
            && (entry.Text.Contains('@') || entry.Text.Contains("shop_", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_alerts_watch_events_that_there_are()
    {
        var rules = await File.ReadAllTextAsync(RootFiles.Of("docs/operations/alerts.yaml"));
        var alerts = Alert().Matches(rules)
            .Where(alert => alert.Value.Contains("shop_security_events_total", StringComparison.Ordinal))
            .ToDictionary(
                alert => alert.Groups["name"].Value,
                alert => EventName().Matches(alert.Groups["rule"].Value).SelectMany(named => named.Value.Split('|')));
        Assert.Equal(
            ["CredentialsAreMisused", "SignInsAreAttacked"], alerts.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            EnumNames.All<SecurityEvent>().Order(StringComparer.Ordinal),
            alerts.Values.SelectMany(names => names).Distinct().Order(StringComparer.Ordinal));
        // As Prometheus writes the counter's name.
        Assert.Equal("shop.security.events", SecurityLog.InstrumentName);
    }

    private IEnumerable<CapturedEntry> LinesOf(string name) => log.Entries.Where(entry =>
        entry.Category == SecurityLog.Category && entry.Text.StartsWith($"{name} from ", StringComparison.Ordinal));

    // The answer may overtake the line.
    private async Task ExpectAsync(string name, string subject)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!LinesOf(name).Any(line =>
            line.Text.StartsWith($"{name} from 127.0.0.1, {subject} ", StringComparison.Ordinal)))
        {
            Assert.False(
                timeout.IsCancellationRequested,
                $"No {name} of {subject}: {string.Join('\n', LinesOf(name).Select(line => line.Text))}");
            await Task.Yield();
        }
    }

    [GeneratedRegex(
        @"- alert: (?<name>\w+)\n(?<rule>.*?)(\n\n|\z)",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Alert();

    [GeneratedRegex(@"(?<=event=~?"")[A-Z_|]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EventName();
}
