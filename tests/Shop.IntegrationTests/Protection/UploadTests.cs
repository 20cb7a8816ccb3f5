using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Protection;

public sealed class UploadTests : ShopTest
{
    private const string Path = "/api/v1/admin/imports/products";

    [Fact]
    public async Task Two_files_arrive_at_once_and_slow_ones_are_408_and_free_their_places()
    {
        using var one = await BeginAsync("name\n");
        using var two = await BeginAsync("name\n");
        await UntilReceivingAsync(2);
        using (var third = await BeginAsync("name\n"))
            (await third.ReadAsync()).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");

        foreach (var slow in new[] { one, two })
        {
            (await slow.ReadAsync()).ExpectProblem(HttpStatusCode.RequestTimeout, "request_timeout");
            Assert.True(await slow.IsClosedAsync());
        }

        Assert.Empty(Files());
        (await Admin.PostFileAsync("/admin/imports/products", "name\n"u8.ToArray())).Expect(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_frees_its_place()
    {
        for (var i = 0; i < 8; i++)
        {
            using var leaving = await BeginAsync("name\n");
            await UntilReceivingAsync(1);
            leaving.Dispose();
            await UntilReceivingAsync(0);
        }

        (await Admin.PostFileAsync("/admin/imports/products", "name\n"u8.ToArray())).Expect(HttpStatusCode.Accepted);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task A_chunked_file_is_taken_and_one_over_the_limit_is_413()
    {
        using var chunked = await BeginAsync("", "Transfer-Encoding: chunked");
        await chunked.SendAsync("5\r\nname\n\r\n0\r\n\r\n");
        Assert.Equal(202, (await chunked.ReadAsync()).Status);

        using var announced = await BeginAsync("", $"Content-Length: {(10 * 1024 * 1024) + 1}");
        (await announced.ReadAsync()).ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "payload_too_large");
        using var endless = await BeginAsync("", "Transfer-Encoding: chunked");
        var part = $"100000\r\n{new string('x', 1024 * 1024)}\r\n";
        for (var i = 0; i < 10; i++)
            await endless.SendAsync(part);
        await endless.SendAsync("1\r\nx\r\n");
        (await endless.ReadAsync()).ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "payload_too_large");
        using var encoded = await BeginAsync("", "Content-Length: 5\r\nContent-Encoding: gzip");
        (await encoded.ReadAsync()).ExpectProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    private async Task<RawConnection> BeginAsync(string body, string length = "Content-Length: 1000")
    {
        var connection = await RawConnection.OpenAsync(Admin.Address);
        await connection.SendAsync(
            "POST", Path, ["Content-Type: text/csv", length, $"Authorization: Bearer {Admin.AccessToken}"], body);
        return connection;
    }

    private static async Task UntilReceivingAsync(int files)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Uploads() != files)
            await Task.Delay(5, timeout.Token);
    }

    // The files are unlinked, and stand among the open ones of the process alone.
    private static int Uploads() => Directory.EnumerateFiles("/proc/self/fd")
        .Count(file => new FileInfo(file).LinkTarget?.Contains("shop-upload-", StringComparison.Ordinal) == true);

    private static IEnumerable<string> Files() =>
        Directory.EnumerateFiles(System.IO.Path.GetTempPath(), "shop-upload-*");
}
