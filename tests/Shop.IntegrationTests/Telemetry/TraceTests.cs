using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.TelemetryTests;

public sealed class TraceTests : ShopTest
{
    [Fact]
    public async Task One_trace_leads_from_the_request_through_the_outbox_to_the_handlers()
    {
        var product = await CreateProductAsync();
        var customer = await SignUpAsync(balance: 10_000);
        var order = await customer.PlaceAsync((product, 1));
        await Shop.DeliverEventsAsync();

        var trace = ActivityTraceId.CreateRandom();
        using var spans = new Spans(trace);
        await PostAsync(customer, trace, "/api/v1/payments", new { orderId = order });
        await Shop.DeliverEventsAsync();

        var request = spans.Single("Microsoft.AspNetCore", _ => true);
        var command = spans.Single("Shop", span => span.OperationName == "PayOrder");
        var batch = spans.Single("Shop", span => span.OperationName == "PayOrder batch");
        var handler = spans.Single("Shop", span => span.OperationName == "catalog.settle-reservations");
        Assert.Equal(ActivityKind.Consumer, handler.Kind);
        Assert.Equal(
            (request.SpanId, command.SpanId, batch.SpanId),
            (command.ParentSpanId, batch.ParentSpanId, handler.ParentSpanId));
        Assert.All(
            (Activity[])[batch, handler],
            span => Assert.Contains(
                spans.All, child => child.Source.Name == "Npgsql" && child.ParentSpanId == span.SpanId));
    }

    [Fact]
    public async Task A_refusal_is_an_outcome_of_its_span_and_no_error()
    {
        var customer = await SignUpAsync();
        var trace = ActivityTraceId.CreateRandom();
        using var spans = new Spans(trace);
        await PostAsync(customer, trace, "/api/v1/payments", new { orderId = Guid.CreateVersion7() });
        var command = spans.Single("Shop", span => span.OperationName == "PayOrder");
        Assert.Equal(
            ("orders.not_found", ActivityStatusCode.Unset), (command.GetTagItem("shop.outcome"), command.Status));
    }

    private async Task PostAsync(Customer customer, ActivityTraceId trace, string path, object body)
    {
        using var http = new HttpClient { BaseAddress = Shop.Client().Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", customer.Client.AccessToken);
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        using var response = await http.SendAsync(request);
    }

    /// <summary>
    /// The spans of one trace, as an exporter would see them. Those of other tests are not even made.
    /// </summary>
    private sealed class Spans : IDisposable
    {
        private readonly ConcurrentQueue<Activity> stopped = new();
        private readonly ActivityListener listener;

        public Spans(ActivityTraceId trace)
        {
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name is "Microsoft.AspNetCore" or "Npgsql" or "Shop",
                Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                    options.TraceId == trace ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
                ActivityStopped = span =>
                {
                    if (span.TraceId == trace)
                        stopped.Enqueue(span);
                },
            };
            ActivitySource.AddActivityListener(listener);
        }

        public IReadOnlyCollection<Activity> All => stopped;

        // A request's span ends after its answer has gone out.
        public Activity Single(string source, Func<Activity, bool> which)
        {
            SpinWait.SpinUntil(
                () => stopped.Any(span => span.Source.Name == source && which(span)), TimeSpan.FromSeconds(10));
            return Assert.Single(stopped, span => span.Source.Name == source && which(span));
        }

        public void Dispose() => listener.Dispose();
    }
}
