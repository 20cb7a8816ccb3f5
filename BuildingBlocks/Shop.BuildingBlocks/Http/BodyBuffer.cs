using System.Buffers;
using System.IO.Pipelines;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// A request's body as a whole, left in the server's own pooled buffers: it is examined and not consumed, so the
/// endpoint reads the same bytes again and nothing is copied. Memory grows with what arrives, never with what
/// <c>Content-Length</c> announces.
/// </summary>
public static class BodyBuffer
{
    /// <summary>Examines what one read has brought, and leaves it to be read again.</summary>
    public static BodyState Examine(this PipeReader body, ReadResult read, long limit)
    {
        var (length, isWhole) = (read.Buffer.Length, read.IsCompleted);
        body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        if (length > limit)
            return BodyState.TooLarge;
        return isWhole ? BodyState.Whole : BodyState.Unfinished;
    }

    /// <summary>Reads the whole body and leaves it to be read again. The server's limit bounds it.</summary>
    public static async ValueTask<T> PeekAsync<T>(
        this PipeReader body, Func<ReadOnlySequence<byte>, T> read, CancellationToken ct)
    {
        while (true)
        {
            var result = await body.ReadAsync(ct);
            try
            {
                if (result.IsCompleted)
                    return read(result.Buffer);
            }
            finally
            {
                body.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }
        }
    }
}

public enum BodyState
{
    Unfinished,
    Whole,
    TooLarge,
}
