using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Who may call an endpoint. Below <c>/api/v1</c> the caller must be signed in unless an endpoint says <c>AllowAnonymous</c>; the other two are stricter.
/// </summary>
public static class Policies
{
    /// <summary>Anyone who is signed in; the handler sees to whose things they are.</summary>
    public const string SignedIn = "SignedIn";

    /// <summary>The user whose id is in the path, or an administrator.</summary>
    public const string Owner = "Owner";

    public const string Admin = "Admin";

    public static IServiceCollection AddPolicies(this IServiceCollection services)
    {
        services.AddSingleton<IAuthorizationHandler, OwnerHandler>();
        services.AddAuthorizationBuilder()
            .AddPolicy(SignedIn, policy => policy.RequireAuthenticatedUser())
            .AddPolicy(Owner, policy => policy.RequireAuthenticatedUser().AddRequirements(new OwnerRequirement()))
            .AddPolicy(Admin, policy => policy.RequireAuthenticatedUser().RequireRole(Caller.AdminRole));
        return services;
    }

    private sealed class OwnerRequirement : IAuthorizationRequirement;

    private sealed class OwnerHandler : AuthorizationHandler<OwnerRequirement>
    {
        protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, OwnerRequirement requirement)
        {
            if (context.Resource is HttpContext http
                && context.User.Identity?.IsAuthenticated == true
                && long.TryParse(http.GetRouteValue("userId") as string, System.Globalization.CultureInfo.InvariantCulture, out var userId)
                && Caller.Of(context.User).MayActFor(userId))
                context.Succeed(requirement);
            return Task.CompletedTask;
        }
    }
}
