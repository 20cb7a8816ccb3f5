using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Shop.HostProcesses;

namespace Shop.AttackTests.Testing;

/// <summary>
/// Customers of a network of their own, who read a product and check it out, one after the other. Their requests are
/// sent synchronously, so that no thread pool stands between the answer and the clock.
/// </summary>
internal sealed class Bystander : IDisposable
{
    private const int Customers = 4;

    private static readonly IPAddress Own = IPAddress.Parse("127.0.0.2");
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    private readonly HttpClient http;
    private readonly IReadOnlyList<Customer> customers;
    private readonly long product;
    private int turns;

    private Bystander(HttpClient http, IReadOnlyList<Customer> customers, long product)
    {
        this.http = http;
        this.customers = customers;
        this.product = product;
    }

    /// <param name="reconnects">Whether each request has a new connection.</param>
    public static async Task<Bystander> ComeAsync(AttackedShop shop, HostProcess host, bool reconnects)
    {
        var customers = new List<Customer>();
        for (var i = 0; i < Customers; i++)
            customers.Add(await shop.CustomerAsync(host));
        var http = new HttpClient(new SocketsHttpHandler
        {
            PooledConnectionLifetime = reconnects ? TimeSpan.Zero : Timeout.InfiniteTimeSpan,
            ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(Connect(host.Address)),
        })
        {
            BaseAddress = host.Address,
            Timeout = TimeSpan.FromSeconds(35),
        };
        return new Bystander(http, customers, shop.FirstProduct);
    }

    public async Task<Experience> ShopAsync(TimeSpan duration)
    {
        var experience = new Experience();
        var since = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Interval);
        do
        {
            Read(experience);
            CheckOut(experience);
        }
        while (since.Elapsed < duration && await timer.WaitForNextTickAsync());
        return experience;
    }

    public void Dispose() => http.Dispose();

    private void Read(Experience experience)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/products/{product}");
        Send(request, experience.Reads, experience.Answers);
    }

    private void CheckOut(Experience experience)
    {
        var customer = customers[turns++ % customers.Count];
        var body = $$"""{"userId":{{customer.UserId}},"items":[{"productId":{{product}},"quantity":1}]}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/checkout")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = customer.Authorization;
        Send(request, experience.Checkouts, experience.Answers);
    }

    private void Send(HttpRequestMessage request, List<TimeSpan> latencies, Tally answers)
    {
        var started = Stopwatch.GetTimestamp();
        var status = Tally.NoAnswer;
        try
        {
            using var response = http.Send(request);
            status = (int)response.StatusCode;
        }
        catch (Exception lost) when (lost is HttpRequestException or TaskCanceledException)
        {
            // Counted without an answer.
        }

        latencies.Add(Stopwatch.GetElapsedTime(started));
        answers.Count(status);
    }

    private static NetworkStream Connect(Uri host)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(Own, 0));
        socket.Connect(IPAddress.Parse(host.Host), host.Port);
        return new NetworkStream(socket, ownsSocket: true);
    }
}

/// <summary>The measurements of a bystander.</summary>
internal sealed class Experience
{
    public List<TimeSpan> Reads { get; } = [];

    public List<TimeSpan> Checkouts { get; } = [];

    public Tally Answers { get; } = new();

    public static TimeSpan Median(List<TimeSpan> latencies) => latencies.Order().ElementAt(latencies.Count / 2);

    public override string ToString()
    {
        var (reads, checkouts) = (Median(Reads).TotalMilliseconds, Median(Checkouts).TotalMilliseconds);
        return $"p50 of reads {reads:F1} ms, of checkouts {checkouts:F1} ms; {Answers}";
    }
}
