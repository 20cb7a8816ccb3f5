using System.Text.RegularExpressions;
using Xunit;

namespace Shop.Tests.Architecture;

public sealed partial class PublishingTests
{
    [Fact]
    public void Events_are_published_through_the_outbox_alone()
    {
        var sources = Solution
            .SourceFiles("Modules")
            .Concat(Solution.SourceFiles("Host"))
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal))
            .ToList();
        Assert.Contains(sources, file => File.ReadAllText(file).Contains("outbox.Publish(", StringComparison.Ordinal));
        Assert.DoesNotContain(sources, file => BypassesTheOutbox(File.ReadAllText(file)));
    }

    [Theory]
    [InlineData("await mediator.Publish(new OrderPaid(order), ct);")]
    [InlineData("await scope.GetRequiredService<IMediator>()\n    .Publish(happened)")]
    [InlineData("class Notifier(IPublisher publisher)")]
    public void A_way_around_the_outbox_is_found(string source) => Assert.True(BypassesTheOutbox(source));

    // MediatR's own Publish calls handlers at once: before the commit, and never again after a crash.
    private static bool BypassesTheOutbox(string source) => MediatorPublish().IsMatch(source);

    [GeneratedRegex(
        @"\bIPublisher\b|\bmediator\s*\.\s*Publish\(|IMediator>\(\)\s*\.\s*Publish\(",
        RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex MediatorPublish();
}
