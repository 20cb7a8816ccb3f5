using System.Text.Json;
using MediatR;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Commands;
using Shop.Messages;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>
/// Sends the command of a POST and answers with its result. With an Idempotency-Key the answer is made before the commit and kept in it, so that a repeat
/// gets the same one: that is why the endpoint says beforehand what the answer will be.
/// </summary>
public sealed class CommandSender
{
    private readonly IMediator mediator;
    private readonly IdempotentRequest request;
    private readonly IdempotencyKeys keys;
    private readonly JsonSerializerOptions json;

    internal CommandSender(IMediator mediator, IdempotentRequest request, IdempotencyKeys keys, IOptions<JsonOptions> json)
    {
        this.mediator = mediator;
        this.request = request;
        this.keys = keys;
        this.json = json.Value.SerializerOptions;
    }

    /// <summary>Answers 200.</summary>
    public Task<Answered<Ok<T>>> OkAsync<T>(ICommand<T> command, CancellationToken ct) =>
        SendAsync(command, StatusCodes.Status200OK, _ => null, (_, value) => TypedResults.Ok(value), ct);

    /// <summary>Answers 201.</summary>
    /// <param name="location">The path at which the result can be read.</param>
    public Task<Answered<Created<T>>> CreatedAsync<T>(ICommand<T> command, Func<T, string> location, CancellationToken ct) =>
        SendAsync(command, StatusCodes.Status201Created, location, TypedResults.Created, ct);

    /// <summary>Answers 202.</summary>
    /// <param name="location">The path at which to look how it goes on, if there is one.</param>
    public Task<Answered<Accepted<T>>> AcceptedAsync<T>(ICommand<T> command, Func<T, string?> location, CancellationToken ct) =>
        SendAsync(command, StatusCodes.Status202Accepted, location, TypedResults.Accepted, ct);

    private async Task<Answered<TAnswer>> SendAsync<T, TAnswer>(
        ICommand<T> command, int status, Func<T, string?> location, Func<string?, T, TAnswer> answer, CancellationToken ct)
        where TAnswer : IResult, IEndpointMetadataProvider
    {
        if (request.Key is not { } key)
        {
            var result = await mediator.Send(command, ct);
            return new Answered<TAnswer>(answer(location(result), result));
        }

        request.AnswerWith(result =>
            new StoredResponse(status, location((T)result), JsonSerializer.SerializeToUtf8Bytes((T)result, json)));
        try
        {
            await mediator.Send(command, ct);
        }
        catch (Refused refused) when (refused.LeavesTraces)
        {
            // Kept like a success.
        }
        catch (CommitUnknownException unknown) when (unknown.Doubt is CommitDoubt.ConnectionLost)
        {
            // A transaction that is not found may still be working: the caller may come again with the key.
            if (await FindAsync(key, ct) is not { } found)
                throw;
            request.Recover(found);
        }

        return new Answered<TAnswer>(request.Answer!);
    }

    // A look-up that fails says nothing about the command: its outcome stays unknown.
    private async Task<StoredResponse?> FindAsync(IdempotencyKey key, CancellationToken ct)
    {
        try
        {
            return await keys.FindAsync(key, ct);
        }
        catch (Exception failed) when (failed is not Refused and not CommitUnknownException)
        {
            throw new CommitUnknownException(CommitDoubt.ConnectionLost, failed);
        }
    }
}
