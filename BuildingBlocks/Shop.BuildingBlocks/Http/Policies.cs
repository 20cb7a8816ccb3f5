using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Authorization policies of endpoints. Below <c>/api/v1</c> the caller must be signed in unless an endpoint says
/// <c>AllowAnonymous</c>; the other two are stricter.
/// </summary>
public static class Policies
{
    /// <summary>Anyone who is signed in; the handler sees to whose things they are.</summary>
    public const string SignedIn = "SignedIn";

    /// <summary>
    /// The user whose id is in the path, callers that may act for that user, and callers with the permission of
    /// <see cref="AlsoFor"/>. With <see cref="OnlyFor"/> acting for the user is not enough.
    /// </summary>
    public const string Owner = "Owner";

    /// <summary>A caller with the permission that the endpoint names with <see cref="Needs"/>.</summary>
    public const string Permission = "Permission";

    /// <summary>Lets callers with this permission in alone.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder endpoint, Permissions permission)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(Permission).WithMetadata(new PermissionNeeded(permission));

    /// <summary>Besides those whom <see cref="Owner"/> lets in, lets in callers with this permission.</summary>
    public static TBuilder AlsoFor<TBuilder>(this TBuilder endpoint, Permissions permission)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new PermissionAccepted(permission));

    /// <summary>Instead of those who act for the user, lets in callers with this permission.</summary>
    public static TBuilder OnlyFor<TBuilder>(this TBuilder endpoint, Permissions permission)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new PermissionAccepted(permission, InsteadOfActing: true));

    public static IServiceCollection AddPolicies(this IServiceCollection services)
    {
        services.AddSingleton<IAuthorizationHandler, OwnerHandler>();
        services.AddSingleton<IAuthorizationHandler, PermissionHandler>();
        services.AddAuthorizationBuilder()
            .AddPolicy(SignedIn, policy => policy.RequireAuthenticatedUser())
            .AddPolicy(Owner, policy => policy.RequireAuthenticatedUser().AddRequirements(new OwnerRequirement()))
            .AddPolicy(
                Permission, policy => policy.RequireAuthenticatedUser().AddRequirements(new PermissionRequirement()));
        return services;
    }

    private sealed class OwnerRequirement : IAuthorizationRequirement;

    private sealed class PermissionRequirement : IAuthorizationRequirement;

    private sealed class OwnerHandler : AuthorizationHandler<OwnerRequirement>
    {
        protected override Task HandleRequirementAsync(
            AuthorizationHandlerContext context, OwnerRequirement requirement)
        {
            if (context.Resource is HttpContext http
                && Caller.IfSignedIn(context.User) is { } caller
                && long.TryParse(http.GetRouteValue("userId") as string, CultureInfo.InvariantCulture, out var userId)
                && IsLetIn(caller, userId, http.GetEndpoint()?.Metadata.GetMetadata<PermissionAccepted>()))
                context.Succeed(requirement);
            return Task.CompletedTask;
        }

        private static bool IsLetIn(Caller caller, long userId, PermissionAccepted? other) =>
            caller.UserId == userId
            || (other is not null && caller.Has(other.Permission))
            || (other is not { InsteadOfActing: true } && caller.MayActFor(userId));
    }

    private sealed class PermissionHandler : AuthorizationHandler<PermissionRequirement>
    {
        protected override Task HandleRequirementAsync(
            AuthorizationHandlerContext context, PermissionRequirement requirement)
        {
            if (context.Resource is HttpContext http
                && Caller.IfSignedIn(context.User) is { } caller
                && http.GetEndpoint()?.Metadata.GetMetadata<PermissionNeeded>() is { } needed
                && caller.Has(needed.Permission))
                context.Succeed(requirement);
            return Task.CompletedTask;
        }
    }
}

/// <summary>
/// On an endpoint: the permission without which it is 403. Of several the last, the endpoint's own, holds.
/// </summary>
public sealed record PermissionNeeded(Permissions Permission);

/// <summary>On an endpoint of a user's things: the permission with which it is anybody's.</summary>
/// <param name="InsteadOfActing">Whether those who act for the user need it too.</param>
public sealed record PermissionAccepted(Permissions Permission, bool InsteadOfActing = false);
