using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class OutboxVerbTests : VerbTest
{
    [Fact]
    public async Task A_shop_in_order_has_nothing_to_tell()
    {
        var (exitCode, output, _) = await RunAsync("outbox", Database);
        Assert.Equal(0, exitCode);
        Assert.Matches("│ data platform │ 0 +│ +│ 0 +│ 0 +│", output);
        Assert.DoesNotContain("Dead letter", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dead_letters_are_listed_and_delivered_again()
    {
        await PlantAsync(count: 3);
        var (exitCode, output, _) = await RunAsync("outbox", "list", Database);
        Assert.Equal(1, exitCode);
        Assert.Contains("ordering.sell-stock-3", output, StringComparison.Ordinal);
        Assert.Contains("no such product", output, StringComparison.Ordinal);

        var id = (await Admin.GetAsync("/admin/outbox/dead-letters"))["items"]
            .EnumerateArray()
            .First()
            .GetProperty("id")
            .GetString()!;
        Assert.Equal((0, "Due again: 1"), await RetryAsync(id));
        Assert.Equal((0, "Due again: 1"), await RetryAsync("--handler", "ordering.sell-stock-1"));
        Assert.Equal((0, "Due again: 1"), await RetryAsync("all"));
        Assert.Equal((0, "Due again: 0"), await RetryAsync("all"));
        Assert.Equal(0, (await RunAsync("outbox", Database)).ExitCode);
    }

    [Theory]
    [InlineData("retry needs the id", "retry")]
    [InlineData("There is no dead letter", "retry", "ordering-999")]
    [InlineData("outbox knows list and retry", "forget")]
    public async Task What_can_not_be_done_ends_with_2(string reason, params string[] args)
    {
        var (exitCode, _, error) = await RunAsync(["outbox", .. args, Database]);
        Assert.Equal(2, exitCode);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    private async Task<(int, string)> RetryAsync(params string[] which)
    {
        var (exitCode, output, _) = await RunAsync(["outbox", "retry", .. which, Database]);
        return (exitCode, output.Trim());
    }

    private Task PlantAsync(int count) => Shop.ExecuteAsync($$"""
        insert into ordering.outbox_failures
            (message_id, event_id, type, stream, payload, occurred_at, handler, status, attempts, last_error,
                failed_at, next_attempt_at)
        select n, gen_random_uuid(), 'ordering.order-paid', n::text, '{}', now(), 'ordering.sell-stock-' || n, 'DEAD',
            10, 'no such product', now() + n * interval '1 second', now()
        from generate_series(1, {{count}}) n
        """);
}
