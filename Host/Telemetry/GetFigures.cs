using System.Buffers.Binary;
using MediatR;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Metrics;
using Shop.Messages;

namespace Shop.Host.Telemetry;

internal sealed record GetFigures : IQuery<FiguresView>;

/// <param name="WindowSeconds">The window of rates.</param>
/// <param name="Refusals">
/// Of the last minute, by the instance that answers; all else is the same whichever instance is asked.
/// </param>
internal sealed record FiguresView(
    DateTimeOffset At, int WindowSeconds, IReadOnlyList<FigureView> Figures, IReadOnlyList<ErrorCount> Refusals);

/// <param name="Values">A level is the number now, a rate the number within the window.</param>
internal sealed record FigureView(string Name, MetricKind Kind, IReadOnlyList<FigureValue> Values);

/// <param name="Label">The counted thing; null for a number that stands alone.</param>
internal sealed record FigureValue(string? Label, long Value);

internal static class GetFiguresEndpoint
{
    public static void MapGetFigures(this IEndpointRouteBuilder admin)
    {
        // Listens from the start, not from the first time that somebody asks.
        admin.ServiceProvider.GetRequiredService<ErrorCounts>();
        admin.MapGet("/figures", async (IMediator mediator, CancellationToken ct) => TypedResults.Ok(
            await mediator.Send(new GetFigures(), ct)))
            .WithName(nameof(GetFigures))
            .WithSummary(
                "What the shop is busy with now: orders and payments, what is reserved and waited for, refusals");
    }
}

internal sealed class GetFiguresHandler(IEnumerable<IModule> modules, Db db, ErrorCounts errors)
    : IRequestHandler<GetFigures, FiguresView>
{
    // Long enough for a steady number in a quiet shop, short enough to count in a busy one.
    private const int WindowSeconds = 5;

    private const string Now = "select shop.now()";

    private readonly Metric[] metrics = [.. modules.SelectMany(module => module.Metrics)];

    private sealed record Row(int Metric, string? Label, long Value);

    public async Task<FiguresView> Handle(GetFigures request, CancellationToken cancellationToken)
    {
        var now = await db.QuerySingleAsync<DateTimeOffset>(Now, null, cancellationToken);
        var since = now.AddSeconds(-WindowSeconds);
        var rows = (await db.QueryAsync<Row>(
            Select(metrics), new { since, sinceId = FirstIdOf(since) }, cancellationToken)).ToLookup(row => row.Metric);
        return new FiguresView(
            now,
            WindowSeconds,
            [.. metrics.Select((metric, i) => new FigureView(
                metric.Name, metric.Kind, [.. rows[i].Select(row => new FigureValue(row.Label, row.Value))]))],
            errors.Read());
    }

    // One round trip for all of them.
    private static string Select(Metric[] metrics) => string.Join(
        "\nunion all\n", metrics.Select(
            (metric, i) => $"select {i} as metric, label, value from ({metric.Query}) as counted (label, value)"));

    private static Guid FirstIdOf(DateTimeOffset moment)
    {
        Span<byte> id = stackalloc byte[16];
        id.Clear();
        BinaryPrimitives.WriteInt64BigEndian(id, moment.ToUnixTimeMilliseconds() << 16);
        return new Guid(id, bigEndian: true);
    }
}
