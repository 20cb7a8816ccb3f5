using FluentValidation;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Http;

/// <summary>The one place where an exception becomes an answer.</summary>
public sealed class ProblemHandler(ILogger<ProblemHandler> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        // The client is gone: no response is written, and no error is logged.
        if (httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        try
        {
            await ProblemOf(httpContext, exception).WriteAsync(httpContext);
        }
        catch (OperationCanceledException) when (httpContext.RequestAborted.IsCancellationRequested)
        {
            // The client has left meanwhile. Otherwise each that does would leave two stack traces in the log.
        }

        return true;
    }

    private Problem ProblemOf(HttpContext http, Exception exception)
    {
        switch (exception)
        {
            case ErrorException failed:
                return new Problem(failed.Error);
            case ValidationException invalid:
                return Problem.Invalid(FieldErrors.Of(invalid));
            case BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } malformed:
                return Problem.Invalid(FieldErrors.Of(malformed));
            case BadHttpRequestException malformed:
                return Problem.OfStatus(malformed.StatusCode);
            case CommitUnknownException unknown:
                log.LogWarning("The outcome of a command is not known: {Error}", Transient.Summary(unknown));
                return Problem.OutcomeUnknown(http.RequestServices.GetRequiredService<IdempotentSender>().HasKey);
            case var error when Transient.IsUnavailable(error):
                // One line, and no trace: an outage brings thousands, and they are all the same.
                log.LogWarning("The database did not serve: {Error}", Transient.Summary(error));
                return Problem.OfStatus(StatusCodes.Status503ServiceUnavailable);
            default:
                if (PreparedStatements.AreLost(exception))
                    log.LogError("{Advice}", PreparedStatements.Advice);
                log.LogError(exception, "Unhandled");
                return Problem.OfStatus(StatusCodes.Status500InternalServerError);
        }
    }
}
