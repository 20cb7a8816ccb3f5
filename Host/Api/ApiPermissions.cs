using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Shop.BuildingBlocks.Http;

namespace Shop.Host.Api;

/// <summary>The permission that an operation needs, for programs and for people.</summary>
internal static class ApiPermissions
{
    public const string Extension = "x-permission";

    public static Task AddAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<PermissionNeeded>().LastOrDefault() is { } needed)
        {
            var name = PermissionNames.Of(needed.Permission).Single();
            operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
            operation.Extensions[Extension] = new JsonNodeExtension(JsonValue.Create(name));
            Describe(operation, $"Needs the permission `{name}`.");
        }
        else if (metadata.OfType<PermissionAccepted>().LastOrDefault() is { } accepted)
        {
            var name = PermissionNames.Of(accepted.Permission).Single();
            var others = accepted.InsteadOfActing ? "" : " for callers that may act for the user,";
            Describe(operation, $"For the user,{others} and with the permission `{name}`.");
        }

        return Task.CompletedTask;
    }

    private static void Describe(OpenApiOperation operation, string sentence) => operation.Description =
        string.IsNullOrEmpty(operation.Description) ? sentence : $"{sentence} {operation.Description}";
}
