using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Commands;

namespace Shop.BuildingBlocks.Http;

/// <summary>Every error answer: RFC 9457 with the shop's <c>code</c> and a <c>traceId</c>.</summary>
public sealed record Problem(int Status, string Code, string? Detail = null)
{
    public const string ContentType = "application/problem+json";

    private static readonly Dictionary<int, (string Code, string Detail)> ByStatus = new()
    {
        [StatusCodes.Status400BadRequest] = ("validation", "The request is malformed."),
        [StatusCodes.Status401Unauthorized] = ("auth.unauthenticated", "This needs a valid access token."),
        [StatusCodes.Status403Forbidden] = ("auth.forbidden", "This is not yours to do."),
        [StatusCodes.Status404NotFound] = ("not_found", "There is nothing at this address."),
        [StatusCodes.Status405MethodNotAllowed] = ("method_not_allowed", "This address does not take that method."),
        [StatusCodes.Status408RequestTimeout] = ("request_timeout", "The request took too long to arrive."),
        [StatusCodes.Status413PayloadTooLarge] = ("payload_too_large", "The request's body is over the limit of 64 KiB."),
        [StatusCodes.Status415UnsupportedMediaType] = ("unsupported_media_type", "The request's body must be application/json in UTF-8."),
        [StatusCodes.Status429TooManyRequests] = ("rate_limited", "Too many requests. Try again later."),
        [StatusCodes.Status500InternalServerError] = ("internal", "Something went wrong on our side. The traceId helps us find it."),
        [StatusCodes.Status503ServiceUnavailable] = ("unavailable", "The shop can't answer right now. Try again shortly."),
    };

    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    public IReadOnlyDictionary<string, object?> Members { get; init; } = new Dictionary<string, object?>();

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What an answer with this status and nothing else says.</summary>
    public static Problem OfStatus(int status) => ByStatus.TryGetValue(status, out var known)
        ? new Problem(status, known.Code, known.Detail) { RetryAfter = status == StatusCodes.Status503ServiceUnavailable ? TimeSpan.FromSeconds(1) : null }
        : new Problem(status, status < 500 ? "validation" : "internal", ReasonPhrases.GetReasonPhrase(status));

    /// <summary>503 to a command that may have been done. Any other 503 says that nothing was done.</summary>
    public static Problem OutcomeUnknown(bool hasKey) => OfStatus(StatusCodes.Status503ServiceUnavailable) with
    {
        Detail = hasKey
            ? "It is not known whether this was done. Send it again with the same Idempotency-Key."
            : "It is not known whether this was done. Look before you send it again.",
    };

    public static Problem Invalid(IReadOnlyDictionary<string, string[]> errors) =>
        new(StatusCodes.Status400BadRequest, "validation", "One or more members of the request are not valid.") { Errors = errors };

    public static Problem Invalid(string field, string message) => Invalid(new Dictionary<string, string[]>() { [field] = [message] });

    public static Problem Of(Refused refused) => new(refused.Status, refused.Code, refused.Message) { Members = refused.Members, RetryAfter = refused.RetryAfter };

    /// <summary>The body of the answer.</summary>
    /// <param name="instance">The path of the request.</param>
    public ProblemDetails Details(string? instance, string traceId)
    {
        var body = new ProblemDetails
        {
            Type = $"urn:shop:problem:{Code}",
            Title = ReasonPhrases.GetReasonPhrase(Status),
            Status = Status,
            Detail = Detail,
            Instance = instance,
            Extensions = { ["code"] = Code, ["traceId"] = traceId },
        };
        if (Errors is not null)
            body.Extensions["errors"] = Errors;
        foreach (var (name, value) in Members)
            body.Extensions[name] = value;
        return body;
    }

    public Task WriteAsync(HttpContext http)
    {
        http.RequestServices.GetRequiredService<Refusals>().Count(Code);
        http.Response.StatusCode = Status;
        // RFC 9110: a 401 says how to do better, whoever refused.
        if (Status == StatusCodes.Status401Unauthorized && http.Response.Headers.WWWAuthenticate.Count == 0)
            http.Response.Headers.WWWAuthenticate = "Bearer";
        if (RetryAfter is { } pause)
            http.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(pause.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return http.Response.WriteAsJsonAsync(Details(http.Request.Path, TraceIdOf(http)), options: null, ContentType, http.RequestAborted);
    }

    /// <summary>What finds the request again in logs and traces.</summary>
    public static string TraceIdOf(HttpContext http) => Activity.Current?.Id ?? http.TraceIdentifier;
}
