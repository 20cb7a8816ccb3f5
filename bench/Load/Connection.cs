using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Shop.Bench.Load;

/// <summary>
/// One keep-alive connection, one request at a time, on blocking sockets: two system calls for a request, nothing
/// allocated. It reads just enough HTTP to know where an answer ends.
/// </summary>
internal sealed class Connection(int port) : IDisposable
{
    private readonly byte[] answer = new byte[256 * 1024];
    private Socket? socket;

    /// <summary>
    /// Of the last answer. Chunks are left as they came: fine for finding a member in a body that fits one chunk.
    /// </summary>
    public ReadOnlySpan<byte> Body => answer.AsSpan(bodyStart, filled - bodyStart);

    private int bodyStart;
    private int filled;

    /// <returns>The status; 0 where the connection broke, which the next request opens anew.</returns>
    public int Send(ReadOnlySpan<byte> request)
    {
        try
        {
            socket ??= Open();
            for (var sent = 0; sent < request.Length;)
                sent += socket.Send(request[sent..]);
            return ReadAnswer(socket);
        }
        catch (SocketException)
        {
            Dispose();
            bodyStart = filled = 0;
            return 0;
        }
    }

    public void Dispose()
    {
        socket?.Dispose();
        socket = null;
    }

    private Socket Open()
    {
        var opened = new Socket(
            AddressFamily.InterNetwork,
            SocketType.Stream,
            ProtocolType.Tcp)
        { NoDelay = true, ReceiveTimeout = 30_000 };
        opened.Connect(IPAddress.Loopback, port);
        return opened;
    }

    private int ReadAnswer(Socket from)
    {
        filled = 0;
        bodyStart = 0;
        var end = -1;
        while (true)
        {
            var received = from.Receive(answer.AsSpan(filled));
            if (received == 0)
                throw new SocketException((int)SocketError.ConnectionReset);
            filled += received;
            if (bodyStart == 0)
            {
                var headers = answer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
                if (headers < 0)
                    continue;
                bodyStart = headers + 4;
                end = EndOf(answer.AsSpan(0, bodyStart));
            }

            // No end known: chunked. Requests are not pipelined, so the last chunk is the last that comes; JSON has no
            // bare line breaks.
            if (end >= 0 ? filled >= end : answer.AsSpan(bodyStart, filled - bodyStart).EndsWith("0\r\n\r\n"u8))
                return ((answer[9] - '0') * 100) + ((answer[10] - '0') * 10) + (answer[11] - '0');
        }
    }

    private static int EndOf(ReadOnlySpan<byte> headers)
    {
        var at = headers.IndexOf("Content-Length: "u8);
        if (at >= 0 && Utf8Parser.TryParse(headers[(at + "Content-Length: ".Length)..], out int length, out _))
            return headers.Length + length;
        return headers.StartsWith("HTTP/1.1 204"u8) || headers.StartsWith("HTTP/1.1 304"u8) ? headers.Length : -1;
    }
}

/// <summary>Writes requests into one buffer that is used again and again.</summary>
internal sealed class RequestWriter
{
    private readonly byte[] request = new byte[8 * 1024];
    private readonly byte[] body = new byte[4 * 1024];
    private int requestLength;
    private int bodyLength;

    public ReadOnlySpan<byte> Request => request.AsSpan(0, requestLength);

    /// <summary>The headers of all requests with one token.</summary>
    public static byte[] Headers(string? token) => Encoding.ASCII.GetBytes(
        "Host: localhost\r\n" + (token is null ? "" : $"Authorization: Bearer {token}\r\n"));

    public RequestWriter Get(ReadOnlySpan<byte> path, ReadOnlySpan<byte> headers)
    {
        requestLength = 0;
        Append("GET "u8).Append(path).Append(" HTTP/1.1\r\n"u8).Append(headers).Append("\r\n"u8);
        return this;
    }

    /// <summary>
    /// Begins a POST; <see cref="Text"/> and <see cref="Number"/> write its body, <see cref="Post"/> ends it.
    /// </summary>
    public RequestWriter Body()
    {
        bodyLength = 0;
        return this;
    }

    public RequestWriter Text(ReadOnlySpan<byte> text)
    {
        text.CopyTo(body.AsSpan(bodyLength));
        bodyLength += text.Length;
        return this;
    }

    public RequestWriter Number(long number)
    {
        Utf8Formatter.TryFormat(number, body.AsSpan(bodyLength), out var written);
        bodyLength += written;
        return this;
    }

    /// <summary>For a path with a number in it, which is written like a body.</summary>
    public int CopyBody(Span<byte> target)
    {
        body.AsSpan(0, bodyLength).CopyTo(target);
        return bodyLength;
    }

    public void Post(ReadOnlySpan<byte> path, ReadOnlySpan<byte> headers, IdempotencyKeys keys)
    {
        requestLength = 0;
        Append("POST "u8).Append(path).Append(" HTTP/1.1\r\n"u8).Append(headers)
            .Append("Content-Type: application/json\r\nIdempotency-Key: "u8).Append(keys.Next())
            .Append("\r\nContent-Length: "u8);
        Utf8Formatter.TryFormat(bodyLength, request.AsSpan(requestLength), out var digits);
        requestLength += digits;
        Append("\r\n\r\n"u8).Append(body.AsSpan(0, bodyLength));
    }

    private RequestWriter Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(request.AsSpan(requestLength));
        requestLength += bytes.Length;
        return this;
    }
}

/// <summary>
/// A fresh key for each request, as scattered as the random ones that clients send: 32 hexadecimal digits.
/// </summary>
internal sealed class IdempotencyKeys(int seed, int connection)
{
    private readonly byte[] key = new byte[32];
    private long number;

    public ReadOnlySpan<byte> Next()
    {
        Utf8Formatter.TryFormat(Scatter(++number), key, out _, new StandardFormat('x', 16));
        Utf8Formatter.TryFormat(
            ((ulong)seed << 32) | (uint)connection, key.AsSpan(16), out _, new StandardFormat('x', 16));
        return key;
    }

    // The finalizer of SplitMix64: different for different numbers.
    private static ulong Scatter(long number)
    {
        var mixed = (ulong)number * 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
