using System.Net.Http;
using Shop.AttackTests.Testing;
using Shop.HostProcesses;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests;

/// <summary>A test with a host of its own, a bystander, and an attacker in another network.</summary>
[Collection(OneShop.Name)]
public abstract class AttackTest(AttackedShop shop, ITestOutputHelper output) : IAsyncLifetime
{
    private const double MaximumFactor = 5;

    // On two cores a read may take under a millisecond alone. A multiple of that measures how the kernel shares the
    // cores with the attacker's own process rather than what the host withholds.
    private static readonly TimeSpan Unnoticed = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Maximum = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Beside = TimeSpan.FromSeconds(3);

    protected AttackedShop Shop => shop;

    private protected HostProcess Host { get; private set; } = null!;

    private protected Bystander Bystander { get; private set; } = null!;

    private protected HttpClient Attacker { get; private set; } = null!;

    /// <summary>Settings that differ from those of Production.</summary>
    private protected virtual Dictionary<string, string> Settings => [];

    private protected virtual int? MaximumOpenFiles => null;

    private protected virtual bool BystanderReconnects => false;

    public async Task InitializeAsync()
    {
        Host = await shop.StartAsync(Settings, MaximumOpenFiles);
        try
        {
            Bystander = await Bystander.ComeAsync(shop, Host, BystanderReconnects);
            Attacker = Network.Client(Host.Address, Network.Number(0));
        }
        catch
        {
            // xUnit disposes of no test that was not initialized.
            await Host.DisposeAsync();
            throw;
        }
    }

    public async Task DisposeAsync()
    {
        Attacker.Dispose();
        Bystander.Dispose();
        await Host.DisposeAsync();
    }

    /// <summary>
    /// Measures the bystander alone, then beside the attack. Fails the test where its medians come to over five times
    /// those of before and over 20 ms, or over a second, where it gets anything but success, or where the host ends.
    /// </summary>
    /// <param name="attack">Goes on until its token ends.</param>
    /// <param name="duration">Of the attack, or null for three seconds.</param>
    private protected async Task WithstandAsync(Func<CancellationToken, Task> attack, TimeSpan? duration = null)
    {
        await Bystander.ShopAsync(WarmUp);
        var alone = await Bystander.ShopAsync(Alone);
        output.WriteLine($"alone:  {alone}");

        using var over = new CancellationTokenSource();
        var attacking = Task.Run(() => attack(over.Token));
        var beside = await Bystander.ShopAsync(duration ?? Beside);
        await over.CancelAsync();
        await attacking;
        output.WriteLine($"beside: {beside}");

        Assert.True(Host.Surviving());
        alone.Answers.AssertOnly(200, 201);
        beside.Answers.AssertOnly(200, 201);
        AssertClose("reads", alone.Reads, beside.Reads);
        AssertClose("checkouts", alone.Checkouts, beside.Checkouts);
    }

    /// <summary>The same with requests at a steady rate.</summary>
    /// <param name="atOnce">Requests under way at most.</param>
    /// <param name="send">Sends the n-th request and returns the status code.</param>
    private protected async Task<Tally> WithstandAsync(int perSecond, int atOnce, Func<int, Task<int>> send)
    {
        var tally = new Tally();
        await WithstandAsync(async ct => tally = await Load.RunAsync(perSecond, atOnce, send, ct));
        Tell(tally);
        return tally;
    }

    private protected void Tell(object what) => output.WriteLine($"{what}");

    private static void AssertClose(string what, List<TimeSpan> alone, List<TimeSpan> beside)
    {
        var (before, during) = (Experience.Median(alone), Experience.Median(beside));
        var bound = TimeSpan.FromTicks(Math.Max((before * MaximumFactor).Ticks, Unnoticed.Ticks));
        var close = during < Maximum && during <= bound;
        Assert.True(close, $"{what}: p50 {before} alone, {during} beside the attack");
    }
}
