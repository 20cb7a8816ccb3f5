using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Http;
using Xunit;

namespace Shop.IntegrationTests.Http;

public sealed class DeadlineAnswerTests
{
    /// <summary>Longer than what the server holds back before it writes.</summary>
    private static readonly string[] Answer = [.. Enumerable.Range(0, 10_000).Select(i => $"line {i}")];

    [Fact]
    public async Task An_answer_that_is_complete_goes_out_although_the_deadline_has_passed()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHttpConventions();
        builder.Services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new RequestTimeoutPolicy
        {
            Timeout = TimeSpan.FromMilliseconds(50),
            TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
        });
        await using var app = builder.Build();
        app.UseHttpConventions();
        app.UseRequestDeadlines();
        app.MapGet("/late", async (CancellationToken ct) =>
        {
            // A command whose commit is answered just when the deadline passes.
            var passed = new TaskCompletionSource();
            await using var passing = ct.Register(passed.SetResult);
            await passed.Task;
            return TypedResults.Ok(Answer);
        });
        await app.StartAsync();

        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        using var response = await http.GetAsync(new Uri("/late", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.EndsWith("\"line 9999\"]", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
