using Microsoft.Extensions.Logging.Abstractions;
using Shop.BuildingBlocks.Deliveries;
using Xunit;

namespace Shop.Tests.Deliveries;

public sealed class HttpReceiverTests
{
    // .NET quotes a status line that is none, with all its bytes. PostgreSQL can't store U+0000.
    [Fact]
    public async Task What_a_failed_call_quotes_of_an_answer_is_short_and_on_one_line()
    {
        using var client = new HttpClient(new FailingHandler(new HttpRequestException(
            $"Received an invalid status line: 'HT\0TP \u001b[31m\r\n{new string('z', 5_000)}'.")));
        var receiver = new HttpReceiver(
            client,
            () => new PostTarget(new Uri("http://receiver.test/"), new Signature([1, 2, 3])),
            new HttpReceiverSettings("A receiver", TimeSpan.FromSeconds(10), Concurrency: 1, KeepsAnswers: true),
            TimeProvider.System,
            NullLogger.Instance);
        var delivery = new Delivery(1, Guid.NewGuid(), "order", "{}", 0, 0, Guid.NewGuid(), DateTimeOffset.UnixEpoch);

        var attempt = Assert.Single(await receiver.SendAsync([delivery], CancellationToken.None));
        Assert.Equal((AttemptResult.Unavailable, null), (attempt.Result, attempt.Status));
        foreach (var text in (string?[])[attempt.Error, attempt.Answer])
        {
            Assert.Contains("invalid status line: 'HT TP", text, StringComparison.Ordinal);
            Assert.True(text!.Length <= 200 && !text.Any(char.IsControl));
        }
    }

    private sealed class FailingHandler(Exception error) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct) =>
            Task.FromException<HttpResponseMessage>(error);
    }
}
