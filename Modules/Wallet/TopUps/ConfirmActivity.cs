using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.Wallet.TopUps;

/// <summary>
/// The activity of a confirm by staff or an API key. It is kept with the top-up while the provider is asked, so that
/// the transaction that settles the top-up writes it.
/// </summary>
internal sealed class ConfirmActivity
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    private readonly ActivityRecord record;

    private ConfirmActivity(ActivityRecord record) => this.record = record;

    /// <returns>Null where the confirm leaves none: a customer's own.</returns>
    public static ConfirmActivity? Of(ConfirmTopUp confirm, TopUpRow row) =>
        confirm.Origin?.Describe(confirm, row.ToTopUp(provider: null, row.ExpiresAt)) is { } record
            ? new ConfirmActivity(record)
            : null;

    /// <summary>The kept form. The address stays in identity's tables.</summary>
    public string Kept => JsonSerializer.Serialize(record with { Address = null }, Json);

    /// <summary>
    /// Queues the activities of the confirm that asked and of the one that settles: one row for a caller.
    /// </summary>
    /// <param name="asked">Of the confirm that asked last, as it was kept.</param>
    /// <param name="settles">The confirm that has the effect; without activity for the worker.</param>
    public static void Queue(IServiceProvider scope, string? asked, LeasedTopUp settles)
    {
        var kept = Read(asked);
        var own = settles.Activity?.record;
        // Another confirm has asked since, and has written the row of this one.
        if (settles.HasAsked && own is not null && kept != own with { Address = null })
            own = null;
        if (IsRepeat(kept, own))
            kept = null;
        List<ActivityRecord> records = [.. new[] { kept, own }.OfType<ActivityRecord>()];
        if (records.Count > 0)
            scope.GetRequiredService<IActivityLog>().Queue(records);
    }

    /// <summary>Queues the activity of a confirm that another one replaces: its money may still come.</summary>
    public static void QueueReplaced(IServiceProvider scope, string? asked, LeasedTopUp by)
    {
        var kept = Read(asked);
        if (kept is not null && !IsRepeat(kept, by.Activity?.record))
            scope.GetRequiredService<IActivityLog>().Queue([kept]);
    }

    private static ActivityRecord? Read(string? asked) =>
        asked is null ? null : JsonSerializer.Deserialize<ActivityRecord>(asked, Json);

    private static bool IsRepeat(ActivityRecord? kept, ActivityRecord? own) =>
        kept is not null && (kept.ActorType, kept.ActorId) == (own?.ActorType, own?.ActorId);
}
