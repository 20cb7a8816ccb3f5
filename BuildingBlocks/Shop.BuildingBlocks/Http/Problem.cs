using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.BuildingBlocks.Http;

/// <summary>The response to an error: RFC 9457 with the shop's <c>code</c> and a <c>traceId</c>.</summary>
public sealed record Problem(Error Error)
{
    public const string ContentType = "application/problem+json";

    public static Problem OfStatus(int status) => new(HttpErrors.OfStatus(status));

    /// <summary>503 to a command that may have been done. Any other 503 says that nothing was done.</summary>
    public static Problem OutcomeUnknown(bool hasKey) => new(CommandErrors.Unavailable.Of(hasKey
        ? "It is not known whether this was done. Send it again with the same Idempotency-Key."
        : "It is not known whether this was done. Look before you send it again."));

    public static Problem Invalid(IReadOnlyDictionary<string, string[]> errors) => new(
        CommandErrors.Validation.Of(errors));

    public static Problem Invalid(string field, string message) =>
        Invalid(new Dictionary<string, string[]> { [field] = [message] });

    /// <summary>The body of the answer.</summary>
    /// <param name="instance">The path of the request.</param>
    public ProblemDetails Details(string? instance, string traceId)
    {
        var body = new ProblemDetails
        {
            Type = $"urn:shop:problem:{Error.Code}",
            Title = ReasonPhrases.GetReasonPhrase(Error.Status),
            Status = Error.Status,
            Detail = Error.Detail,
            Instance = instance,
            Extensions = { ["code"] = Error.Code, ["traceId"] = traceId },
        };
        foreach (var (name, value) in Error.Members)
            body.Extensions[name] = value;
        return body;
    }

    public Task WriteAsync(HttpContext http)
    {
        http.RequestServices.GetRequiredService<ErrorCounter>().Count(Error.Code);
        if (Error.Code == HttpErrors.Forbidden.Code)
            http.RequestServices.GetRequiredService<SecurityLog>().Write(
                SecurityEvent.PermissionRefused,
                ClientNetwork.Of(http).ToString(),
                Caller.IfSignedIn(http.User)?.ToString());
        http.Response.StatusCode = Error.Status;
        // RFC 9110: a 401 says how to do better, whoever refused.
        if (Error.Status == StatusCodes.Status401Unauthorized && http.Response.Headers.WWWAuthenticate.Count == 0)
            http.Response.Headers.WWWAuthenticate = "Bearer";
        if (Error.RetryAfter is { } pause)
            http.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(pause.TotalSeconds)).ToString(
                System.Globalization.CultureInfo.InvariantCulture);
        return http.Response.WriteAsJsonAsync(
            Details(http.Request.Path, TraceIdOf(http)), options: null, ContentType, http.RequestAborted);
    }

    /// <summary>The trace id, by which logs and traces have the request.</summary>
    public static string TraceIdOf(HttpContext http) => Activity.Current?.Id ?? http.TraceIdentifier;
}
