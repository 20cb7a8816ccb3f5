using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Shop.AttackTests.Testing;
using Shop.HostProcesses;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests;

/// <summary>Lengths of bodies that never come.</summary>
public sealed class ForgedLengthTests(AttackedShop shop, ITestOutputHelper output) : AttackTest(shop, output)
{
    private const int AtOnce = 20;
    private const long MaximumGrowth = 200L * 1024 * 1024;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    private static readonly (string Headers, int[] Statuses)[] Forgeries =
    [
        ("Content-Length: 65537", [413]),
        ("Content-Length: 2000000000", [413]),
        ("Content-Length: 2147483647", [413]),
        ("Content-Length: 3000000000", [413]),
        ("Content-Length: 9223372036854775807", [413]),
        ("Content-Length: 9223372036854775808", [400]),
        ("Content-Length: -1", [400]),
        ("Content-Length: 0x10", [400]),
        ("Content-Length: 1e3", [400]),
        ("Content-Length: 5\r\nContent-Length: 6", [400]),
        ("Transfer-Encoding: chunked\r\n\r\nffffffff", [400, 413]),
        ("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff", [400]),
        ("Transfer-Encoding: chunked\r\n\r\n-1", [400]),
        ("Transfer-Encoding: chunked\r\n\r\nzz", [400]),
        // These may be lengths to the server: then the body is not there in time.
        ("Content-Length: +5", [400, 408]),
        ("Transfer-Encoding: chunked\r\n\r\n7fffffff", [400, 408, 413]),
    ];

    [Fact]
    [Trait(Slice.Name, Slice.EveryChange)]
    public async Task Forged_lengths_are_refused_before_anything_is_allocated()
    {
        var customer = await Shop.CustomerAsync(Host);
        var before = Host.ResidentBytes;
        var answers = new List<(string Headers, int Status)>();

        await WithstandAsync(async _ => answers.AddRange(await Task.WhenAll(
            from forgery in Forgeries
            from number in Enumerable.Range(0, AtOnce)
            select AnswerAsync(customer, forgery.Headers, number))));

        foreach (var same in answers.GroupBy(answer => answer))
            Tell($"{same.Count()} × {same.Key.Status}: {same.Key.Headers.ReplaceLineEndings(" ")}");
        Assert.Equal(AtOnce * Forgeries.Length, answers.Count);
        var allowed = Forgeries.ToDictionary(forgery => forgery.Headers, forgery => forgery.Statuses);
        Assert.All(answers, answer => Assert.Contains(answer.Status, allowed[answer.Headers]));
        Assert.InRange(Host.ResidentBytes - before, long.MinValue, MaximumGrowth);
    }

    private async Task<(string Headers, int Status)> AnswerAsync(Customer customer, string headers, int number)
    {
        try
        {
            return (headers, await SendAsync(customer, headers, number));
        }
        catch (Exception lost) when (lost is OperationCanceledException or SocketException)
        {
            return (headers, Tally.NoAnswer);
        }
    }

    // With a key and without: a key has the body read for its fingerprint.
    private async Task<int> SendAsync(Customer customer, string headers, int number)
    {
        var key = number % 2 == 0 ? $"Idempotency-Key: {Guid.NewGuid()}\r\n" : "";
        var request = "POST /api/v1/orders HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n"
            + $"Authorization: {customer.Authorization}\r\n{key}{headers}\r\n\r\n";
        using var timeout = new CancellationTokenSource(AnswerTimeout);
        using var connection = await Network.ConnectAsync(Host.Address, Network.Number(number), timeout.Token);
        await connection.SendAsync(Encoding.ASCII.GetBytes(request), SocketFlags.None, timeout.Token);

        var line = new byte["HTTP/1.1 400".Length];
        for (var read = 0; read < line.Length;)
        {
            var more = await connection.ReceiveAsync(line.AsMemory(read), SocketFlags.None, timeout.Token);
            if (more == 0)
                return Tally.NoAnswer;
            read += more;
        }

        return int.Parse(line.AsSpan(line.Length - 3), CultureInfo.InvariantCulture);
    }
}
