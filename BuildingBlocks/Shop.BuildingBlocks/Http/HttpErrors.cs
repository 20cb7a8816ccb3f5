using Microsoft.AspNetCore.WebUtilities;

namespace Shop.BuildingBlocks.Http;

public static class HttpErrors
{
    public static readonly DocumentedError Unauthenticated =
        new("auth.unauthenticated", 401, "This needs a valid access token.");

    /// <summary>The value is the detail.</summary>
    public static readonly DocumentedError<string> Forbidden = new("auth.forbidden", 403, detail => detail);

    public static readonly DocumentedError NotFound = new("not_found", 404, "There is nothing at this address.");

    public static readonly DocumentedError MethodNotAllowed =
        new("method_not_allowed", 405, "This address does not take that method.");

    public static readonly DocumentedError RequestTimeout =
        new("request_timeout", 408, "The request took too long to arrive.");

    public static readonly DocumentedError PreconditionFailed =
        new("precondition_failed", 412, "It has changed since you read it. Read it again before you change it.");

    public static readonly DocumentedError PayloadTooLarge =
        new("payload_too_large", 413, "The request's body is over the limit: 64 KiB, or 10 MiB for a file.");

    /// <summary>The value is the detail.</summary>
    public static readonly DocumentedError<string> UnsupportedMediaType =
        new("unsupported_media_type", 415, detail => detail);

    /// <summary>The value is the detail.</summary>
    public static readonly DocumentedError<string> RateLimited = new("rate_limited", 429, detail => detail)
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    public static readonly DocumentedError Internal =
        new("internal", 500, "Something went wrong on our side. The traceId helps us find it.");

    private static readonly Dictionary<int, Error> ByStatus = new Error[]
    {
        CommandErrors.Validation.Of(new Dictionary<string, string[]>()),
        Unauthenticated.Of(),
        Forbidden.Of("This is not yours to do."),
        NotFound.Of(),
        MethodNotAllowed.Of(),
        RequestTimeout.Of(),
        PreconditionFailed.Of(),
        PayloadTooLarge.Of(),
        UnsupportedMediaType.Of("The request's body must be application/json, or the file asked for, in UTF-8."),
        RateLimited.Of("Too many requests. Try again later."),
        Internal.Of(),
        CommandErrors.Unavailable.Of("The shop can't answer right now. Try again shortly."),
    }.ToDictionary(error => error.Status);

    /// <summary>The error of a response with this status and nothing else.</summary>
    public static Error OfStatus(int status) => ByStatus.TryGetValue(status, out var error)
        ? error
        : new Error(
            status < 500 ? CommandErrors.Validation.Code : Internal.Code, ReasonPhrases.GetReasonPhrase(status),
            status);
}
