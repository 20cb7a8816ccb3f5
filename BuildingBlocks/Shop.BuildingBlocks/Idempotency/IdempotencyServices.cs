using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Background;

namespace Shop.BuildingBlocks.Idempotency;

public static class IdempotencyServices
{
    internal static IServiceCollection AddIdempotency(this IServiceCollection services)
    {
        services.AddScoped<IdempotentRequest>();
        services.AddScoped<IdempotencyKeys>();
        services.AddScoped(scope => new CommandSender(
            scope.GetRequiredService<IMediator>(),
            scope.GetRequiredService<IdempotentRequest>(),
            scope.GetRequiredService<IdempotencyKeys>(),
            scope.GetRequiredService<IOptions<JsonOptions>>()));
        return services.AddWorker<ClearKeys>();
    }

    /// <summary>Behind authentication and authorization: a key is its caller's.</summary>
    public static IApplicationBuilder UseIdempotencyKeys(this IApplicationBuilder app) => app.UseMiddleware<IdempotencyMiddleware>();
}
