using System.Data;
using System.Text.Json;
using MediatR;
using Npgsql;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Exports;
using Shop.BuildingBlocks.Http;
using Shop.Identity.Users;
using Shop.Messages;
using Shop.Wallet.Contracts;

namespace Shop.Host.Exports;

internal static class ExportUserEndpoint
{
    public static void MapExportUser(this IEndpointRouteBuilder api) => api
        .MapGet("/users/{userId:long}/export", async (
            long userId, Caller caller, HttpContext http, IMediator mediator, UserExport export, CancellationToken ct) =>
        {
            caller.MustCover(userId);
            await mediator.Send(new GetUser(userId), ct);
            await export.WriteAsync(userId, http.Response, ct);
        })
        .Produces<IReadOnlyDictionary<string, JsonElement>>()
        .WithTags("Identity")
        .RequireAuthorization(Policies.Owner)
        .OnlyFor(Permissions.UsersWrite)
        .DisableRequestTimeout()
        .WithName("ExportUser")
        .WithSummary("All that is held about a user")
        .WithDescription(
            "A list for each kind of thing, streamed as of one moment. One export of a user at a time, and few "
            + "altogether; one that takes over a minute is cut off.")
        .Fails(WalletErrors.UserNotFound, HttpErrors.RateLimited);
}

/// <summary>
/// Writes what all modules hold about a user, row by row, out of one snapshot. A snapshot, its connection and the place
/// among the few that are under way are given back within <see cref="Limit"/>, however slowly the client reads.
/// </summary>
internal sealed class UserExport(NpgsqlDataSource source, IEnumerable<IModule> modules, TimeProvider time)
{
    private const int MaximumAtOnce = 2;

    private const int FlushAt = 16 * 1024;

    // A client that reads slowly holds up the statement, or is waited for between two.
    private const string LimitStatements =
        "set transaction read only; set local statement_timeout = '60s'; "
        + "set local idle_in_transaction_session_timeout = '60s'";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly Lock access = new();
    private readonly HashSet<long> underWay = [];

    /// <exception cref="ErrorException">429 <c>rate_limited</c>, 503 <c>unavailable</c>: nothing was written.</exception>
    public async Task WriteAsync(long userId, HttpResponse response, CancellationToken ct)
    {
        Begin(userId);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(Limit);
            await WriteSnapshotAsync(userId, response, limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested && response.HasStarted)
        {
            // The client finds the document cut off.
            response.HttpContext.Abort();
        }
        finally
        {
            lock (access)
                underWay.Remove(userId);
        }
    }

    private void Begin(long userId)
    {
        lock (access)
        {
            if (underWay.Contains(userId))
                throw new ErrorException(HttpErrors.RateLimited.Of("An export of this user is under way."));
            if (underWay.Count >= MaximumAtOnce)
                throw new ErrorException(CommandErrors.Unavailable.Of("Other exports are under way. Try again shortly."));
            underWay.Add(userId);
        }
    }

    private async Task WriteSnapshotAsync(long userId, HttpResponse response, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        await using (var limits = new NpgsqlCommand(LimitStatements, connection, transaction))
            await limits.ExecuteNonQueryAsync(ct);

        response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(response.BodyWriter);
        json.WriteStartObject();
        json.WriteNumber("userId", userId);
        json.WriteString("exportedAt", time.UtcNow().UtcDateTime);
        foreach (var data in modules.SelectMany(module => module.PersonalData))
        {
            json.WriteStartArray(data.Name);
            await using var command = new NpgsqlCommand(data.Rows, connection, transaction)
            {
                CommandTimeout = (int)Limit.TotalSeconds,
                Parameters = { new("userId", userId) },
            };
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                WriteRow(json, reader);
                await FlushAsync(json, response, FlushAt, ct);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        await FlushAsync(json, response, atLeast: 0, ct);
    }

    // Written rows stay in memory until this flush, so exports of any size need the same memory.
    private static async ValueTask FlushAsync(
        Utf8JsonWriter json, HttpResponse response, int atLeast, CancellationToken ct)
    {
        if (json.BytesPending + json.BytesCommitted < atLeast)
            return;
        json.Flush();
        if (response.BodyWriter.UnflushedBytes >= atLeast)
            await response.BodyWriter.FlushAsync(ct);
    }

    private static void WriteRow(Utf8JsonWriter json, NpgsqlDataReader row)
    {
        json.WriteStartObject();
        for (var i = 0; i < row.FieldCount; i++)
        {
            json.WritePropertyName(MemberOf(row.GetName(i)));
            WriteValue(json, row, i);
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, NpgsqlDataReader row, int i)
    {
        if (row.IsDBNull(i))
            json.WriteNullValue();
        else if (row.GetDataTypeName(i) is "json" or "jsonb")
            json.WriteRawValue(row.GetString(i));
        else if (row.GetValue(i) is var value && value is string text)
            json.WriteStringValue(text);
        else
            JsonSerializer.Serialize(json, value, value.GetType(), JsonSerializerOptions.Web);
    }

    private static string MemberOf(string column) => string.Concat(column.Split('_').Select(
        (word, i) => i == 0 ? word : $"{char.ToUpperInvariant(word[0])}{word[1..]}"));
}
