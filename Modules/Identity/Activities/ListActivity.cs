using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Shop.Identity.Activities;

internal sealed record ListActivity(
    string? ActorId, string? Action, string? TargetType, string? TargetId, DateTimeOffset? From, DateTimeOffset? To,
    PageRequest Page) : IQuery<Page<ActivityView>>, IReplicaQuery;

/// <param name="OnBehalfOf">The user for whom it was done; null under a permission.</param>
/// <param name="Before">The changed members as they were; null where it was no change of members.</param>
/// <param name="After">The changed members as they are, or the body.</param>
/// <param name="Address">The IP address of the request, for 90 days.</param>
/// <param name="TraceId">Finds the request again in logs and traces.</param>
internal sealed record ActivityView(
    Guid ActivityId,
    DateTimeOffset OccurredAt,
    ActivityActor Actor,
    long? OnBehalfOf,
    string Action,
    ActivityTarget Target,
    JsonElement? Before,
    JsonElement? After,
    string? Address,
    string? TraceId);

/// <param name="Id">The user's number or the API key's UUID; null for the command line and for the shop itself.</param>
/// <param name="Name">As it is now.</param>
internal sealed record ActivityActor(ActorType Type, string? Id, string? Name);

/// <param name="Id">Null where it was about no single thing.</param>
internal sealed record ActivityTarget(string Type, string? Id);

internal static class ListActivityEndpoint
{
    public static void MapListActivity(this IEndpointRouteBuilder activity) => activity
        .MapGet("", async (
            [Description("A user's number or an API key's UUID."), MaxLength(ListActivityValidator.MaximumId)]
            string? actorId,
            [Description("The id of an operation."), MaxLength(ListActivityValidator.MaximumName)] string? action,
            [Description("PRODUCT, USER, API_KEY, …"), MaxLength(ListActivityValidator.MaximumName)]
            string? targetType,
            [Description("Of the thing that was changed."), MaxLength(ListActivityValidator.MaximumId)]
            string? targetId,
            [Description("From this time on, with an offset."), DataType(DataType.DateTime)] string? from,
            [Description("Before this time, with an offset."), DataType(DataType.DateTime)] string? to,
            [AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(
                new ListActivity(
                    actorId, action, targetType, targetId,
                    TimeQuery.Parse("from", from), TimeQuery.Parse("to", to), page),
                ct)))
        .WithName(nameof(ListActivity))
        .WithSummary("What staff, API keys and the command line have done, newest first");
}

internal sealed class ListActivityValidator : AbstractValidator<ListActivity>
{
    public const int MaximumId = 100;
    public const int MaximumName = 100;

    public ListActivityValidator()
    {
        RuleFor(query => query.ActorId).MaximumCharacters(MaximumId);
        RuleFor(query => query.Action).MaximumCharacters(MaximumName);
        RuleFor(query => query.TargetType).MaximumCharacters(MaximumName);
        RuleFor(query => query.TargetId).MaximumCharacters(MaximumId);
    }
}

internal sealed class ListActivityHandler(Db db, Cursors cursors) : IRequestHandler<ListActivity, Page<ActivityView>>
{
    // Names are those of now; an actor's id is a number only where the actor is a user.
    private const string SelectActivity = """
        select activity_id, occurred_at, actor_type, actor_id,
            case actor_type
                when 'USER' then (select u.name from identity.users u where u.user_id = actor_id::bigint)
                when 'API_KEY' then (select k.name from identity.api_keys k where k.api_key_id = actor_id::uuid)
            end as actor_name,
            on_behalf_of, action, target_type, target_id, before, after, address, trace_id
        from identity.activity
        """;

    private sealed record After(DateTimeOffset OccurredAt, Guid ActivityId);

    private sealed record Row(
        Guid ActivityId, DateTimeOffset OccurredAt, string ActorType, string? ActorId, string? ActorName,
        long? OnBehalfOf, string Action, string TargetType, string? TargetId, string? Before, string? After,
        string? Address, string? TraceId)
    {
        public ActivityView ToView() => new(
            ActivityId, OccurredAt, new ActivityActor(EnumNames.Read<ActorType>(ActorType), ActorId, ActorName),
            OnBehalfOf, Action, new ActivityTarget(TargetType, TargetId), Json(Before), Json(After), Address, TraceId);

        private static JsonElement? Json(string? text) =>
            text is null ? null : JsonSerializer.Deserialize<JsonElement>(text);
    }

    public async Task<Page<ActivityView>> Handle(ListActivity request, CancellationToken cancellationToken)
    {
        var (actorId, action, targetType, targetId, from, to, page) = request;
        var list = JsonSerializer.Serialize(new { activity = new { actorId, action, targetType, targetId, from, to } });
        var after = cursors.Read<After>(list, page);
        // Only the filters that are given, so that each has its index.
        (bool IsGiven, string Sql)[] filters =
        [
            (actorId is not null, "actor_id = @actorId"),
            (action is not null, "action = @action"),
            (targetType is not null, "target_type = @targetType"),
            (targetId is not null, "target_id = @targetId"),
            (from is not null, "occurred_at >= @from"),
            (to is not null, "occurred_at < @to"),
            (after is not null, "(occurred_at, activity_id) < (@occurredAt, @activityId)"),
        ];
        var given = string.Join(" and ", filters.Where(filter => filter.IsGiven).Select(filter => filter.Sql));
        var rows = await db.QueryAsync<Row>(
            $"{SelectActivity} {(given.Length == 0 ? "" : $"where {given}")} "
            + "order by occurred_at desc, activity_id desc limit @limit",
            new
            {
                actorId,
                action,
                targetType,
                targetId,
                from,
                to,
                after?.OccurredAt,
                after?.ActivityId,
                limit = page.Size + 1,
            },
            cancellationToken);
        return cursors.Page(list, page, rows, last => new After(last.OccurredAt, last.ActivityId))
            .Select(row => row.ToView());
    }
}
