using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// The request's <c>If-Match</c> (RFC 9110, 13.1.1), as a parameter of a PATCH. The command checks it under the lock
/// of the row that it changes, so that of two changes with one tag one is refused.
/// </summary>
/// <param name="tags">Null where any state will do: no header, or <c>*</c>.</param>
public sealed class IfMatch(IReadOnlyList<EntityTagHeaderValue>? tags) : IEndpointParameterMetadataProvider
{
    /// <summary>Any state will do.</summary>
    public static readonly IfMatch Any = new(null);

    /// <param name="current">The thing as it is, read behind its lock.</param>
    /// <exception cref="ErrorException">412 <c>precondition_failed</c>.</exception>
    public void Check(ITagged current)
    {
        if (tags is null)
            return;
        var tag = new EntityTagHeaderValue(EntityTag.Of(current));
        if (!tags.Any(given => given.Compare(tag, useStrongComparison: true)))
            throw new ErrorException(HttpErrors.PreconditionFailed.Of());
    }

    /// <exception cref="FluentValidation.ValidationException">It is no list of entity tags.</exception>
    public static ValueTask<IfMatch> BindAsync(HttpContext http)
    {
        var header = http.Request.Headers.IfMatch;
        if (header.Count == 0)
            return ValueTask.FromResult(Any);
        if (!EntityTagHeaderValue.TryParseStrictList(header, out var tags) || tags.Count == 0
            || (tags.Count > 1 && tags.Contains(EntityTagHeaderValue.Any)))
            throw Invalid.Field("ifMatch", "Must be * or entity tags in quotes, separated by commas.");
        return ValueTask.FromResult(tags[0].Equals(EntityTagHeaderValue.Any) ? Any : new IfMatch([.. tags]));
    }

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(HttpErrors.PreconditionFailed);
}
