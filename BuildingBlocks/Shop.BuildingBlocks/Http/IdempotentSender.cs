using System.Text.Json;
using MediatR;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Activities;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Database.Replicas;
using Shop.BuildingBlocks.Idempotency;
using ProblemDetails = Microsoft.AspNetCore.Mvc.ProblemDetails;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Sends the command of a POST and answers with its result. With an Idempotency-Key the response is made before the
/// COMMIT and stored in its transaction, so that a repeat gets the same one.
/// </summary>
public sealed class IdempotentSender
{
    private readonly IServiceProvider services;
    private readonly IdempotencyStore store;
    private readonly JsonSerializerOptions json;
    private IdempotencyKey? key;
    private Func<Error, ProblemDetails>? problemOf;

    internal IdempotentSender(IServiceProvider services, IdempotencyStore store, IOptions<JsonOptions> json)
    {
        this.services = services;
        this.store = store;
        this.json = json.Value.SerializerOptions;
    }

    /// <summary>Whether the request came with a key.</summary>
    internal bool HasKey => key is not null;

    /// <summary>
    /// For work that is more than one transaction: the stored response of this request, or null where there is none.
    /// </summary>
    /// <exception cref="ErrorException">422: the key was used for another request.</exception>
    public async Task<IdempotentResponse<Ok<T>>?> FindAsync<T>(CancellationToken ct) =>
        key is not null && await FindAsync(key, ct) is { } found ? new(new StoredResult(found, isReplay: true)) : null;

    /// <summary>Answers 200.</summary>
    public Task<IdempotentResponse<Ok<T>>> OkAsync<T>(ICommand<T> command, CancellationToken ct) =>
        SendAsync(command, StatusCodes.Status200OK, _ => null, (_, value) => TypedResults.Ok(value), ct);

    /// <summary>Answers 201.</summary>
    /// <param name="location">The path at which the result can be read, if there is one.</param>
    public Task<IdempotentResponse<Created<T>>> CreatedAsync<T>(
        ICommand<T> command, Func<T, string?> location, CancellationToken ct) =>
        SendAsync(command, StatusCodes.Status201Created, location, TypedResults.Created, ct);

    /// <summary>
    /// Answers 201 with a secret, which is not stored: a repeat is 409 <c>idempotency.answer_not_kept</c>.
    /// </summary>
    /// <param name="location">The path at which the rest can be read, if there is one.</param>
    public Task<IdempotentResponse<Created<T>>> CreatedOnceAsync<T>(
        ICommand<T> command, CancellationToken ct, Func<T, string?>? location = null) => SendAsync(
        command, StatusCodes.Status201Created, location ?? (_ => null), TypedResults.Created, ct, isSecret: true);

    /// <summary>Answers 200 with a secret, which is not stored.</summary>
    public Task<IdempotentResponse<Ok<T>>> OkOnceAsync<T>(ICommand<T> command, CancellationToken ct) => SendAsync(
        command, StatusCodes.Status200OK, _ => null, (_, value) => TypedResults.Ok(value), ct, isSecret: true);

    /// <summary>Answers 204.</summary>
    public Task<IdempotentResponse<NoContent>> NoContentAsync(ICommand<Unit> command, CancellationToken ct) =>
        SendAsync(command, StatusCodes.Status204NoContent, _ => null, (_, _) => TypedResults.NoContent(), ct);

    /// <summary>Answers 202.</summary>
    /// <param name="location">The path at which to look how it goes on, if there is one.</param>
    public Task<IdempotentResponse<Accepted<T>>> AcceptedAsync<T>(
        ICommand<T> command, Func<T, string?> location, CancellationToken ct) =>
        SendAsync(command, StatusCodes.Status202Accepted, location, TypedResults.Accepted, ct);

    /// <param name="problemOf">Makes the body for an error that is stored; it holds nothing of the connection.</param>
    internal void UseKey(IdempotencyKey key, Func<Error, ProblemDetails> problemOf) =>
        (this.key, this.problemOf) = (key, problemOf);

    private async Task<IdempotentResponse<TAnswer>> SendAsync<T, TAnswer>(
        ICommand<T> command,
        int status,
        Func<T, string?> location,
        Func<string?, T, TAnswer> answer,
        CancellationToken ct,
        bool isSecret = false)
        where TAnswer : IResult, IEndpointMetadataProvider
    {
        try
        {
            var item = new CommandItem<T>(command, key, Render, services.GetRequiredService<CommandScope>().Origin);
            await CommandExecutor<T>.Of(services, command).RunAsync(item, ct);
            Note(item.Position);
            if (item.Response is { } response && (item.IsReplay || !isSecret))
                return new(new StoredResult(response, item.IsReplay), TagOf<T>(response));
            return new(
                answer(location(item.Value), item.Value), item.Value is ITagged thing ? EntityTag.Of(thing) : null);
        }
        catch (CommitUnknownException unknown) when (key is not null && unknown.Doubt is CommitDoubt.ConnectionLost)
        {
            // A transaction that is not found may still be working: the caller may come again with the key.
            if (await FindAsync(key, ct) is not { } found)
                throw;
            return new(new StoredResult(found, isReplay: false), TagOf<T>(found));
        }

        StoredResponse? Render(Result<T> result) => result.Error switch
        {
            null when isSecret => Of(IdempotencyErrors.AnswerNotKept.Of()),
            null when status == StatusCodes.Status204NoContent => new(status, Location: null, []),
            null => new(status, location(result.Value), JsonSerializer.SerializeToUtf8Bytes(result.Value, json)),
            { CommitsDespiteError: true } error => Of(error),
            _ => null,
        };

        StoredResponse Of(Error error) =>
            new(error.Status, Location: null, JsonSerializer.SerializeToUtf8Bytes(problemOf!(error), json));
    }

    // A repeat has the tag of the answer that it repeats, which may no longer be that of the thing.
    private static string? TagOf<T>(StoredResponse response) =>
        typeof(T).IsAssignableTo(typeof(ITagged)) && response.Status < StatusCodes.Status400BadRequest
            ? EntityTag.OfStored<T>(response.Body)
            : null;

    private void Note(LogPosition? reached)
    {
        if (reached is not null)
            services.GetRequiredService<ScopePositions>().Reached = reached;
    }

    // A look-up that fails says nothing about the command: its outcome stays unknown.
    private async Task<StoredResponse?> FindAsync(IdempotencyKey key, CancellationToken ct)
    {
        try
        {
            var found = await store.FindAsync(key, ct);
            Note(store.Position);
            return found;
        }
        catch (Exception failed) when (failed is not ErrorException and not CommitUnknownException)
        {
            throw new CommitUnknownException(CommitDoubt.ConnectionLost, failed);
        }
    }
}
