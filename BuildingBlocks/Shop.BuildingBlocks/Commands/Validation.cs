using FluentValidation;
using MediatR;

namespace Shop.BuildingBlocks.Commands;

/// <summary>A request with invalid members ends here, before a connection is taken.</summary>
internal sealed class Validation<TRequest, TResult>(IEnumerable<IValidator<TRequest>> validators) : IPipelineBehavior<TRequest, TResult>
    where TRequest : IRequest<TResult>
{
    public Task<TResult> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResult> next)
    {
        var failures = validators.SelectMany(validator => validator.Validate(request).Errors).ToList();
        return failures.Count == 0 ? next() : throw new ValidationException(failures);
    }
}
