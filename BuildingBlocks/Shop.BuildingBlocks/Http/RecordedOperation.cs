using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Shop.BuildingBlocks.Http;

/// <summary>An endpoint whose commands may leave activity.</summary>
internal sealed class RecordedOperation
{
    private readonly RouteEndpoint endpoint;
    private readonly (string Parameter, string Type)? target;

    private RecordedOperation(RouteEndpoint endpoint, string id)
    {
        (this.endpoint, Id) = (endpoint, id);
        IsUnderPermission = endpoint.Metadata.GetMetadata<PermissionNeeded>() is not null;
        string[] literals = [.. endpoint.RoutePattern.PathSegments.Select(Literal).OfType<string>()];
        // Behind api and v1.
        Subject = ActivityJson.UpperSnake(literals.Skip(2).FirstOrDefault(part => part != "admin") ?? "shop");
        target = FindTarget(endpoint.RoutePattern.PathSegments);
    }

    /// <summary>The id of the operation in the API document.</summary>
    public string Id { get; }

    public bool IsUnderPermission { get; }

    /// <summary>The type of a target that neither path nor answer names.</summary>
    public string Subject { get; }

    /// <summary>The type of the JSON body, or null.</summary>
    public Type? BodyType => endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is { RequestType: { } type } accepts
        && accepts.ContentTypes.Contains("application/json", StringComparer.OrdinalIgnoreCase) ? type : null;

    /// <returns>
    /// Null where nothing is recorded: reads, anonymous calls, customers, who act for themselves alone, and API keys
    /// that act for their customers in what customers do all the time.
    /// </returns>
    public static RecordedOperation? Of(HttpContext http, Caller caller)
    {
        var method = http.Request.Method;
        if ((caller.Type == CallerType.User && caller.Permissions == Permissions.None)
            || HttpMethods.IsGet(method) || HttpMethods.IsHead(method)
            || http.GetEndpoint() is not RouteEndpoint endpoint
            || endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() is not { } name
            || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
            || (caller.Type == CallerType.ApiKey && caller.Has(Permissions.UsersActFor)
                && endpoint.Metadata.GetMetadata<EverydayOperation>() is not null))
            return null;
        return new RecordedOperation(endpoint, name.EndpointName);
    }

    public (string Type, string Id)? TargetOf(RouteValueDictionary values) =>
        target is { } found && values[found.Parameter] is string id ? (found.Type, id) : null;

    public static long? UserIdOf(RouteValueDictionary values) =>
        values["userId"] is string id && long.TryParse(id, CultureInfo.InvariantCulture, out var userId)
            ? userId
            : null;

    // The last id of the path; where it is called id, the segment before it says of what.
    private static (string Parameter, string Type)? FindTarget(IReadOnlyList<RoutePatternPathSegment> segments)
    {
        for (var i = segments.Count - 1; i > 0; i--)
        {
            if (segments[i].Parts is not [RoutePatternParameterPart parameter])
                continue;
            var type = ActivityJson.TypeOf(parameter.Name)
                ?? ActivityJson.UpperSnake((Literal(segments[i - 1]) ?? parameter.Name).TrimEnd('s'));
            return (parameter.Name, type);
        }

        return null;
    }

    private static string? Literal(RoutePatternPathSegment segment) =>
        segment.Parts is [RoutePatternLiteralPart literal] ? literal.Content : null;
}
