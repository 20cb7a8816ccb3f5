using System.Buffers;
using System.Security.Cryptography;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Http;

namespace Shop.Host.Protection.Bodies;

/// <summary>
/// Receives a body that is a file (<see cref="TakesFile"/>) into a temporary file, few at a time and not slower than a
/// rate, before its command takes a permit or a connection of the pool.
/// </summary>
internal sealed class UploadReader(RequestDelegate next, ILogger<UploadReader> log)
{
    private const int AtOnce = 2;
    private const int BufferSize = 64 * 1024;
    private const double BytesPerSecond = 256 * 1024;

    // For a connection that begins slowly.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private int underWay;

    public Task InvokeAsync(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<TakesFile>() is { MaxRequestBodySize: { } limit }
            ? ReceiveAsync(http, limit)
            : next(http);

    private async Task ReceiveAsync(HttpContext http, long limit)
    {
        if (Interlocked.Increment(ref underWay) > AtOnce)
        {
            Interlocked.Decrement(ref underWay);
            await BodyReader.RefuseAsync(http, StatusCodes.Status503ServiceUnavailable, closes: true);
            return;
        }

        try
        {
            await using var file = await OpenAsync(http);
            if (file is not null && await ReceiveAsync(http, file, limit) is { } hash)
            {
                file.Position = 0;
                http.Features.Set(new UploadedFile(file, hash));
                await next(http);
            }
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
        }
    }

    /// <returns>Null where the request has been answered: there is no room, or no folder.</returns>
    private async Task<FileStream?> OpenAsync(HttpContext http)
    {
        try
        {
            return Open();
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            await RefuseAsync(http, failed);
            return null;
        }
    }

    private Task RefuseAsync(HttpContext http, Exception failed)
    {
        log.LogError(failed, "A file can't be received");
        return BodyReader.RefuseAsync(http, StatusCodes.Status503ServiceUnavailable, closes: true);
    }

    // The file is unlinked while it is open, so that the system frees it however the process ends. Windows does so by
    // the option.
    private static FileStream Open()
    {
        var file = new FileStream(
            Path.Combine(Path.GetTempPath(), $"shop-upload-{Guid.NewGuid():N}"),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
            });
        if (!OperatingSystem.IsWindows())
            File.Delete(file.Name);
        return file;
    }

    /// <returns>The hash of the body; null where the request has been answered.</returns>
    private async Task<byte[]?> ReceiveAsync(HttpContext http, Stream file, long limit)
    {
        var client = http.RequestAborted;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(client);
        try
        {
            if (await CopyAsync(http.Request.Body, file, limit, deadline) is { } hash)
                return hash;
            await BodyReader.RefuseAsync(http, StatusCodes.Status413PayloadTooLarge, closes: true);
        }
        catch (OperationCanceledException) when (!client.IsCancellationRequested)
        {
            await BodyReader.RefuseAsync(http, StatusCodes.Status408RequestTimeout, closes: true);
        }
        catch (Exception) when (client.IsCancellationRequested)
        {
            http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (BadHttpRequestException large) when (large.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            await BodyReader.RefuseAsync(http, StatusCodes.Status413PayloadTooLarge, closes: true);
        }
        catch (BadHttpRequestException malformed) when (malformed.StatusCode == StatusCodes.Status400BadRequest)
        {
            await BodyReader.RefuseAsync(http, Problem.Invalid("body", "Can't be read."), closes: true);
        }
        catch (IOException full) when (full is not BadHttpRequestException)
        {
            await RefuseAsync(http, full);
        }

        return null;
    }

    /// <returns>The hash of the body; null where it is longer than the limit.</returns>
    private static async Task<byte[]?> CopyAsync(
        Stream body, Stream file, long limit, CancellationTokenSource deadline)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var started = Environment.TickCount64;
            for (var received = 0L; received <= limit;)
            {
                var due = Grace + TimeSpan.FromSeconds(received / BytesPerSecond);
                var remaining = due - TimeSpan.FromMilliseconds(Environment.TickCount64 - started);
                deadline.CancelAfter(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero);
                var read = await ReadAsync(body, buffer, deadline.Token);
                if (read == 0)
                    return hash.GetHashAndReset();
                received += read;
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), deadline.Token);
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // The server says so of a chunk size that no integer holds. An error of the file is another.
    private static async ValueTask<int> ReadAsync(Stream body, byte[] buffer, CancellationToken ct)
    {
        try
        {
            return await body.ReadAsync(buffer, ct);
        }
        catch (IOException malformed) when (malformed is not BadHttpRequestException)
        {
            throw new BadHttpRequestException(malformed.Message, StatusCodes.Status400BadRequest, malformed);
        }
    }
}
