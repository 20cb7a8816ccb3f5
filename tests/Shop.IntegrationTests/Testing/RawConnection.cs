using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Shop.IntegrationTests.Testing;

/// <summary>A client's TCP connection, for HTTP/1.1 that no well-behaved client sends.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly TcpClient client;
    private readonly NetworkStream stream;

    private RawConnection(TcpClient client)
    {
        this.client = client;
        stream = client.GetStream();
    }

    /// <param name="from">The client's own address, one of 127.0.0.0/8.</param>
    /// <param name="receiveBuffer">Bytes that the client's side takes without being read.</param>
    public static async Task<RawConnection> OpenAsync(Uri shop, string from = "127.0.0.1", int? receiveBuffer = null)
    {
        var client = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        if (receiveBuffer is { } size)
            client.ReceiveBufferSize = size;
        await client.ConnectAsync(IPAddress.Loopback, shop.Port);
        return new RawConnection(client);
    }

    /// <returns>Whether the shop closes such a connection at once.</returns>
    public static async Task<bool> IsRefusedAsync(Uri shop, string from = "127.0.0.1")
    {
        try
        {
            using var connection = await OpenAsync(shop, from);
            return await connection.IsClosedAsync();
        }
        catch (SocketException closed) when (closed.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Before the client has seen that it was open.
            return true;
        }
    }

    /// <summary>A request's head, with whatever is given of its body.</summary>
    public Task SendAsync(string method, string path, IEnumerable<string> headers, string body = "") =>
        SendAsync(string.Join("\r\n", [$"{method} {path} HTTP/1.1", "Host: shop", .. headers, "", body]));

    public async Task SendAsync(string text) => await stream.WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Half-closes the connection: nothing more is sent.</summary>
    public void EndSending() => client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Reads one answer.</summary>
    /// <exception cref="IOException">There is none: the shop has closed the connection.</exception>
    public async Task<RawAnswer> ReadAsync()
    {
        using var deadline = new CancellationTokenSource(Timeout);
        var head = await ReadUntilAsync("\r\n\r\n", deadline.Token);
        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);
        var body = headers.TryGetValue("Content-Length", out var length)
            ? await ReadAsync(int.Parse(length, CultureInfo.InvariantCulture), deadline.Token)
            : headers.ContainsKey("Transfer-Encoding") ? await ReadChunksAsync(deadline.Token) : "";
        return new RawAnswer(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, body);
    }

    /// <summary>Reads the head of an answer, and nothing of its body.</summary>
    public async Task<string> ReadHeadAsync()
    {
        using var deadline = new CancellationTokenSource(Timeout);
        return await ReadUntilAsync("\r\n\r\n", deadline.Token);
    }

    /// <returns>Whether the shop ends the connection, gracefully or by a reset, without sending more.</returns>
    public async Task<bool> IsClosedAsync()
    {
        using var deadline = new CancellationTokenSource(Timeout);
        try
        {
            return await stream.ReadAsync(new byte[1], deadline.Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Whether the shop has ended the connection by now. Nothing must be unread.</summary>
    public bool HasEnded => client.Client.Poll(TimeSpan.Zero, SelectMode.SelectRead);

    public void Dispose() => client.Dispose();

    private async Task<string> ReadChunksAsync(CancellationToken ct)
    {
        var body = new StringBuilder();
        while (true)
        {
            var line = (await ReadUntilAsync("\r\n", ct)).TrimEnd();
            var size = int.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Append(await ReadAsync(size, ct));
            await ReadUntilAsync("\r\n", ct);
            if (size == 0)
                return body.ToString();
        }
    }

    private async Task<string> ReadAsync(int length, CancellationToken ct)
    {
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, ct);
        return Encoding.UTF8.GetString(bytes);
    }

    private async Task<string> ReadUntilAsync(string end, CancellationToken ct)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, ct);
            text.Append((char)one[0]);
        }

        return text.ToString();
    }
}

/// <summary>An answer as it came.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>Fails the test unless this is a problem with this status and code.</summary>
    public RawAnswer ExpectProblem(HttpStatusCode status, string code)
    {
        Assert.True(Status == (int)status, $"Expected {(int)status} but got {Status}: {Body}");
        Assert.Equal("application/problem+json", Headers["Content-Type"]);
        using var problem = JsonDocument.Parse(Body);
        Assert.Equal(code, problem.RootElement.GetProperty("code").GetString());
        return this;
    }
}
