using System.Net;
using System.Runtime.Versioning;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Protection;

public sealed class UploadTests : ShopTest
{
    private const string Path = "/api/v1/admin/imports/products";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Two_files_arrive_at_once_and_slow_ones_are_408_and_free_their_places()
    {
        using var one = await ArrivingAsync();
        using var two = await ArrivingAsync();
        using (var third = await BeginAsync("name\n"))
            (await third.ReadAsync()).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");

        foreach (var slow in new[] { one, two })
        {
            (await slow.ReadAsync()).ExpectProblem(HttpStatusCode.RequestTimeout, "request_timeout");
            Assert.True(await slow.IsClosedAsync());
        }

        (await Admin.PostFileAsync("/admin/imports/products", "name\n"u8.ToArray())).Expect(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_frees_its_place()
    {
        for (var i = 0; i < 8; i++)
        {
            // It waits for the place of one before.
            using var leaving = await ArrivingAsync();
        }

        using var last = await ArrivingAsync();
        await last.SendAsync(new string('\n', 995));
        Assert.Equal(202, (await last.ReadAsync()).Status);
    }

    [Theory]
    [InlineData("ffffffff")]
    [InlineData("ffffffffffffffff")]
    [InlineData("-1")]
    [InlineData("zz")]
    public async Task A_chunk_size_that_makes_no_sense_is_refused(string size)
    {
        using var connection = await BeginAsync($"{size}\r\nname\n", "Transfer-Encoding: chunked");
        (await connection.ReadAsync()).ExpectProblem(HttpStatusCode.BadRequest, "validation");
        Assert.True(await connection.IsClosedAsync());
        using var second = await BeginAsync($"5\r\nname\n\r\n{size}\r\n", "Transfer-Encoding: chunked");
        (await second.ReadAsync()).ExpectProblem(HttpStatusCode.BadRequest, "validation");
    }

    // In a process of its own: its open files, and its folder of temporary ones, are no other test's.
    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_file_stands_in_no_folder_while_it_arrives_and_one_that_has_no_folder_is_503()
    {
        var folder = Directory.CreateTempSubdirectory("shop-uploads-").FullName;
        using (var shop = await ShopProcess.StartAsync(
            Shop.ConnectionString, openFiles: 1024, new Dictionary<string, string> { ["TMPDIR"] = folder }))
        {
            using (await ArrivingAsync(shop.Address))
            {
                Assert.Equal(1, shop.CountOpenFiles("shop-upload-"));
                Assert.Empty(Directory.EnumerateFiles(folder, "shop-upload-*"));
            }

            using var timeout = new CancellationTokenSource(Timeout);
            while (shop.CountOpenFiles("shop-upload-") > 0)
                await Task.Delay(5, timeout.Token);

            Directory.Delete(folder, recursive: true);
            using var refused = await BeginAsync("name\n", address: shop.Address);
            (await refused.ReadAsync()).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
            Directory.CreateDirectory(folder);
            using var taken = await BeginAsync("name\n", "Content-Length: 5", shop.Address);
            Assert.Equal(202, (await taken.ReadAsync()).Status);
        }

        Directory.Delete(folder, recursive: true);
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

    private async Task<RawConnection> BeginAsync(
        string body, string length = "Content-Length: 1000", Uri? address = null)
    {
        var connection = await RawConnection.OpenAsync(address ?? Admin.Address);
        await connection.SendAsync(
            "POST", Path, ["Content-Type: text/csv", length, $"Authorization: Bearer {Admin.AccessToken}"], body);
        return connection;
    }

    /// <summary>A file that has a place: the shop says so before it reads. It waits while all are taken.</summary>
    private async Task<RawConnection> ArrivingAsync(Uri? address = null)
    {
        using var timeout = new CancellationTokenSource(Timeout);
        while (true)
        {
            var connection = await BeginAsync("", "Content-Length: 1000\r\nExpect: 100-continue", address);
            if ((await connection.ReadHeadAsync()).StartsWith("HTTP/1.1 100 ", StringComparison.Ordinal))
            {
                await connection.SendAsync("name\n");
                return connection;
            }

            connection.Dispose();
            await Task.Delay(5, timeout.Token);
        }
    }
}
