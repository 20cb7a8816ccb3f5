using System.Data;
using System.Text.Json;
using MediatR;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Concurrency;
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
            long userId,
            Caller caller,
            HttpContext http,
            IMediator mediator,
            UserExport export,
            CancellationToken ct) =>
        {
            var user = await mediator.Send(new GetUser(userId), ct);
            caller.MustCover(userId, Roles.PermissionsOf(user.Role));
            await export.WriteAsync(userId, caller.Number, http.Response, ct);
        })
        .Produces<IReadOnlyDictionary<string, JsonElement>>()
        .WithTags("Identity")
        .RequireAuthorization(Policies.Owner)
        .OnlyFor(Permissions.UsersWrite)
        .DisableRequestTimeout()
        .WithName("ExportUser")
        .WithSummary("All that is held about a user")
        .WithDescription(
            "A list for each kind of thing, as of one moment. One export of a user at a time, and few of a caller; one "
            + "that can't be read within a minute is 503.")
        .Fails(WalletErrors.UserNotFound, HttpErrors.RateLimited);
}

/// <summary>
/// Writes what all modules hold about a user, out of one snapshot, into a buffer that goes to a temporary file beyond
/// <see cref="KeptInMemory"/>. The snapshot, its connection and the permit are given back before the client reads, so
/// that a slow one holds up nobody.
/// </summary>
internal sealed class UserExport(
    NpgsqlDataSource source, IEnumerable<IModule> modules, TimeProvider time, ILogger<UserExport> log)
{
    private const int ReadAtOnce = 2;
    private const int WaitingToRead = 64;

    private const int KeptInMemory = 64 * 1024;
    private const int FlushAt = 16 * 1024;
    private const long MaximumSize = 256 * 1024 * 1024;

    private const string LimitStatements =
        "set transaction read only; set local statement_timeout = '60s'; "
        + "set local idle_in_transaction_session_timeout = '60s'";

    // From the request on, its waiting included.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly FairConcurrencyLimiter<long> readers = new(ReadAtOnce, WaitingToRead);

    // With buffers that clients still read.
    private readonly ExportPlaces<long, long> places = new(maximum: 64, ofCaller: 4);

    /// <param name="caller">The number of the caller, among whom places are shared.</param>
    /// <exception cref="ErrorException">
    /// 429 <c>rate_limited</c>, 503 <c>unavailable</c>: nothing was written.
    /// </exception>
    public async Task WriteAsync(long userId, long caller, HttpResponse response, CancellationToken ct)
    {
        using var place = places.Take(caller, userId);
        await using var buffer = new FileBufferingWriteStream(KeptInMemory, MaximumSize);
        await ReadAsync(userId, caller, buffer, ct);
        response.ContentType = "application/json; charset=utf-8";
        // The server cuts a client off that reads more slowly than KestrelLimits says.
        await buffer.DrainBufferAsync(response.BodyWriter, ct);
    }

    private async Task ReadAsync(long userId, long caller, Stream buffer, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        try
        {
            var (_, reader) = await readers.AcquireAsync(caller, limit.Token);
            using var held = reader ?? throw Unavailable("Too many exports wait. Try again shortly.");
            await WriteSnapshotAsync(userId, buffer, limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw Unavailable("The export can't be read in time. Try again later.");
        }
        catch (IOException full)
        {
            log.LogError(full, "An export of a user can't be buffered");
            throw Unavailable("The export can't be written now. Try again later.");
        }
    }

    private static ErrorException Unavailable(string detail) => new(CommandErrors.Unavailable.Of(detail));

    private async Task WriteSnapshotAsync(long userId, Stream buffer, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        await using (var limits = new NpgsqlCommand(LimitStatements, connection, transaction))
            await limits.ExecuteNonQueryAsync(ct);

        await using var json = new Utf8JsonWriter(buffer);
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
                if (json.BytesPending >= FlushAt)
                    await json.FlushAsync(ct);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        await json.FlushAsync(ct);
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
