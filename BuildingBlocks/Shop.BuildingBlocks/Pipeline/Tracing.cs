using System.Diagnostics;
using MediatR;

namespace Shop.BuildingBlocks.Pipeline;

/// <summary>A span for each command and query; a refusal is an outcome of it, any other exception an error.</summary>
internal sealed class Tracing<TRequest, TResult> : IPipelineBehavior<TRequest, TResult> where TRequest : IRequest<TResult>
{
    public async Task<TResult> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResult> next)
    {
        using var span = Telemetry.Source.StartActivity(typeof(TRequest).Name);
        try
        {
            return await next();
        }
        catch (Refused refused)
        {
            span?.SetTag("shop.refused", refused.Code);
            throw;
        }
        catch (Exception error)
        {
            span?.SetStatus(ActivityStatusCode.Error, error.Message);
            throw;
        }
    }
}
