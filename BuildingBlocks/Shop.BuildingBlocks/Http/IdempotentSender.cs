using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;
using Shop.Messages;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Sends the command of a POST and answers with its result. With an Idempotency-Key the response is made before the
/// COMMIT and stored in its transaction, so that a repeat gets the same one.
/// </summary>
public sealed class IdempotentSender
{
    private readonly IServiceProvider services;
    private readonly RequestKey request;
    private readonly IdempotencyStore store;
    private readonly JsonSerializerOptions json;

    internal IdempotentSender(
        IServiceProvider services, RequestKey request, IdempotencyStore store, IOptions<JsonOptions> json)
    {
        this.services = services;
        this.request = request;
        this.store = store;
        this.json = json.Value.SerializerOptions;
    }

    /// <summary>Answers 200.</summary>
    public Task<IdempotentResponse<Ok<T>>> OkAsync<T>(ICommand<T> command, CancellationToken ct) =>
        SendAsync(command, StatusCodes.Status200OK, _ => null, (_, value) => TypedResults.Ok(value), ct);

    /// <summary>Answers 201.</summary>
    /// <param name="location">The path at which the result can be read.</param>
    public Task<IdempotentResponse<Created<T>>> CreatedAsync<T>(
        ICommand<T> command, Func<T, string> location, CancellationToken ct) =>
        SendAsync(command, StatusCodes.Status201Created, location, TypedResults.Created, ct);

    /// <summary>Answers 202.</summary>
    /// <param name="location">The path at which to look how it goes on, if there is one.</param>
    public Task<IdempotentResponse<Accepted<T>>> AcceptedAsync<T>(
        ICommand<T> command, Func<T, string?> location, CancellationToken ct) =>
        SendAsync(command, StatusCodes.Status202Accepted, location, TypedResults.Accepted, ct);

    private async Task<IdempotentResponse<TAnswer>> SendAsync<T, TAnswer>(
        ICommand<T> command,
        int status,
        Func<T, string?> location,
        Func<string?, T, TAnswer> answer,
        CancellationToken ct)
        where TAnswer : IResult, IEndpointMetadataProvider
    {
        var pipeline = CommandPipeline<T>.Of(services, command);
        if (request.Keyed is not { } keyed)
        {
            var result = (await pipeline.RunAsync(command, keyed: null, render: null, ct)).Value;
            return new IdempotentResponse<TAnswer>(answer(location(result), result));
        }

        try
        {
            var completion = await pipeline.RunAsync(command, keyed, Render, ct);
            if (completion.Response is not { } response)
                throw new ErrorException(((Completion<T>.Failed)completion).Error);
            return new IdempotentResponse<TAnswer>(new StoredResult(response, completion is Completion<T>.Replayed));
        }
        catch (CommitUnknownException unknown) when (unknown.Doubt is CommitDoubt.ConnectionLost)
        {
            // A transaction that is not found may still be working: the caller may come again with the key.
            if (await FindAsync(keyed.Key, ct) is not { } found)
                throw;
            return new IdempotentResponse<TAnswer>(new StoredResult(found, isReplay: false));
        }

        StoredResponse Render(T value) => new(status, location(value), JsonSerializer.SerializeToUtf8Bytes(value, json));
    }

    // A look-up that fails says nothing about the command: its outcome stays unknown.
    private async Task<StoredResponse?> FindAsync(IdempotencyKey key, CancellationToken ct)
    {
        try
        {
            return await store.FindAsync(key, ct);
        }
        catch (Exception failed) when (failed is not ErrorException and not CommitUnknownException)
        {
            throw new CommitUnknownException(CommitDoubt.ConnectionLost, failed);
        }
    }
}
