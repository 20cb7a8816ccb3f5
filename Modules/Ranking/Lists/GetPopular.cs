using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;

namespace Shop.Ranking.Lists;

/// <param name="Days">The last calendar days of the shop, today included.</param>
internal sealed record GetPopular(int Days, int Limit) : IQuery<PopularAnswer>, IReplicaQuery;

/// <param name="ComputedAt">Later payments and changes of products are not in it yet.</param>
internal sealed record PopularProducts(int Days, DateTimeOffset ComputedAt, IReadOnlyList<PopularProduct> Items);

/// <summary>The same list for everybody who asks within a moment, so it is written as JSON once.</summary>
internal sealed class PopularAnswer(PopularProducts list, JsonSerializerOptions json)
    : IResult, IEndpointMetadataProvider
{
    private readonly byte[] body = JsonSerializer.SerializeToUtf8Bytes(list, json);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = "application/json; charset=utf-8";
        httpContext.Response.ContentLength = body.Length;
        return httpContext.Response.Body.WriteAsync(body, 0, body.Length, httpContext.RequestAborted);
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(
            new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(PopularProducts), ["application/json"]));
}

internal static class GetPopularEndpoint
{
    private const int DefaultDays = 3;
    private const int DefaultLimit = 5;

    public static void MapGetPopular(this IEndpointRouteBuilder products) => products
        .MapGet("/popular", async (
            [Description("The last calendar days in the shop's time zone, today included; 3 without it."), Range(
                1, PopularLists.MaximumDays)] int? days,
            [Description("How many at most; 5 without it."), Range(1, PopularLists.MaximumLength)] int? limit,
            [Description("A category: of its products, and of those of the categories under it.")] long? categoryId,
            IMediator mediator, IOptions<JsonOptions> json, CancellationToken ct) =>
            categoryId is { } category
                ? new PopularAnswer(
                    await mediator.Send(
                        new GetPopularOfCategory(days ?? DefaultDays, limit ?? DefaultLimit, category), ct),
                    json.Value.SerializerOptions)
                : await mediator.Send(new GetPopular(days ?? DefaultDays, limit ?? DefaultLimit), ct))
        .AllowAnonymous()
        .WithName("GetPopularProducts")
        .WithSummary("The products sold most in the last days, as last computed");
}

internal sealed class GetPopularValidator : AbstractValidator<GetPopular>
{
    public GetPopularValidator()
    {
        RuleFor(query => query.Days).InclusiveBetween(1, PopularLists.MaximumDays);
        RuleFor(query => query.Limit).InclusiveBetween(1, PopularLists.MaximumLength);
    }
}

internal sealed class GetPopularHandler(Db db, ListCache cache, IOptions<JsonOptions> json)
    : IRequestHandler<GetPopular, PopularAnswer>
{
    private const string SelectList = """
        select computed_at, jsonb_path_query_array(items, '$[0 to $last]',
            jsonb_build_object('last', @Limit - 1))::text as items
        from ranking.lists where days = @Days
        """;

    private sealed record ListRow(DateTimeOffset ComputedAt, string Items);

    public async Task<PopularAnswer> Handle(GetPopular request, CancellationToken cancellationToken) =>
        cache.Find(request)
            ?? await cache.ReadAsync(
                request,
                async () =>
                    new PopularAnswer(await SelectAsync(request, cancellationToken), json.Value.SerializerOptions));

    private async Task<PopularProducts> SelectAsync(GetPopular query, CancellationToken ct)
    {
        var list = await db.QuerySingleAsync<ListRow>(SelectList, new { query.Days, query.Limit }, ct);
        return new PopularProducts(
            query.Days,
            list.ComputedAt,
            JsonSerializer.Deserialize<IReadOnlyList<PopularProduct>>(list.Items, JsonSerializerOptions.Web)!);
    }
}
