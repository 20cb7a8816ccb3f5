using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Shop.BuildingBlocks.Activities;

namespace Shop.BuildingBlocks.Http;

/// <summary>The commands of a request by staff or an API key.</summary>
internal sealed class RequestOrigin : ICommandOrigin
{
    private readonly JsonSerializerOptions json;
    private readonly Caller caller;
    private readonly RecordedOperation operation;
    private readonly JsonObject? body;
    private readonly (string Type, string Id)? target;
    private readonly long? userId;
    private readonly string? address;
    private readonly string traceId;

    /// <param name="body">As the endpoint reads it, or null.</param>
    public RequestOrigin(
        HttpContext http, Caller caller, RecordedOperation operation, JsonObject? body, JsonSerializerOptions json)
    {
        (this.json, this.caller, this.operation, this.body) = (json, caller, operation, body);
        target = operation.TargetOf(http.Request.RouteValues);
        userId = RecordedOperation.UserIdOf(http.Request.RouteValues) ?? ActivityJson.UserIdOf(body);
        address = ClientNetwork.AddressOf(http);
        traceId = Problem.TraceIdOf(http);
    }

    public ActivityRecord? Describe(object command, object? result)
    {
        var change = result as IChange;
        var answer = JsonSerializer.SerializeToNode(change?.After ?? result, json) as JsonObject;
        var found = target ?? ActivityJson.TargetOf(answer) ?? ActivityJson.TargetOf(body);
        var user = userId ?? ActivityJson.UserIdOf(answer);
        var isOthers = user is not null ? user != caller.UserId : found is not null;
        if (!operation.IsUnderPermission && !isOthers)
            return null;

        var (type, id) = found is { } thing ? (thing.Type, thing.Id) : (operation.Subject, (string?)null);
        var (before, after) = change is null
            ? (null, body?.DeepClone().AsObject())
            : ActivityJson.Differences(JsonSerializer.SerializeToNode(change.Before, json)!.AsObject(), answer!);
        return new ActivityRecord(
            caller.Type == CallerType.User ? ActorType.User : ActorType.ApiKey,
            caller.Id,
            operation.IsUnderPermission ? null : user,
            operation.Id,
            type,
            id,
            ActivityJson.Masked(before, type, json),
            ActivityJson.Masked(after, type, json),
            address,
            traceId);
    }
}
