using System.ComponentModel.DataAnnotations;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.Coupons.Campaigns;
using Shop.Coupons.Contracts;
using Shop.Coupons.IssuedCoupons;
using Shop.Wallet.Contracts;

namespace Shop.Coupons.Codes;

internal sealed record RedeemCode(long UserId, string Code) : IBatchedCommand<UserCoupon>
{
    /// <summary>As it is compared.</summary>
    public string Folded { get; } = CodeText.Fold(Code ?? "");
}

internal sealed record RedeemCodeRequest(
    long UserId, [property: MaxLength(CodeText.MaximumTyped)] string Code);

internal static class RedeemCodeEndpoint
{
    public static void MapRedeemCode(this IEndpointRouteBuilder codes) => codes
        .MapPost("/redeem", (
            RedeemCodeRequest body, Caller caller, IdempotentSender commands, CancellationToken ct) =>
        {
            caller.MustActFor(body.UserId);
            return commands.CreatedAsync(
                new RedeemCode(body.UserId, body.Code),
                issued => $"/api/v1/users/{body.UserId}/coupons/{issued.UserCouponId}", ct);
        })
        .RequireRateLimiting(RateLimits.Coupons)
        .IsEveryday()
        .WithName(nameof(RedeemCode))
        .WithSummary("Issues the coupon of a code")
        .Fails(
            HttpErrors.Forbidden,
            HttpErrors.RateLimited,
            WalletErrors.UserNotFound,
            CouponErrors.CodeNotFound,
            CouponErrors.CodeUsed,
            CouponErrors.Stopped,
            CouponErrors.OtherIssuance,
            CouponErrors.IssueNotStarted,
            CouponErrors.IssueEnded,
            CouponErrors.AlreadyIssued,
            CouponErrors.SoldOut)
        .WithExample(new RedeemCodeRequest(7, "AUTUMN-2026"))
        .WithDescription(
            "Case, blanks and hyphens do not matter. After ten codes of a user in ten minutes that are none: 429.");
}

internal sealed class RedeemCodeValidator : AbstractValidator<RedeemCode>
{
    public RedeemCodeValidator() =>
        RuleFor(command => command.Code).NotEmpty().MaximumCharacters(CodeText.MaximumTyped);
}

/// <summary>The codes of a batch by their folded forms, and the locked campaigns.</summary>
internal sealed record LockedForCodes(
    IReadWallets Users, CodeMisses Misses, Dictionary<string, long> CouponIds, LockedCampaigns Campaigns)
{
    /// <summary>How often each code can still be used.</summary>
    public Dictionary<string, int> Left { get; } = [];

    /// <summary>Codes that were used in this batch, once for each use.</summary>
    public List<string> Used { get; } = [];
}

/// <summary>Codes of users that were none.</summary>
internal sealed class CodeMisses
{
    private const int Maximum = 10;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly Dictionary<long, Dictionary<int, DateTimeOffset>> places = [];

    /// <summary>Those of this batch, which are to be recorded.</summary>
    public List<(long UserId, int Place, DateTimeOffset At)> Added { get; } = [];

    /// <summary>Notes a row of before.</summary>
    public void Read(long userId, int place, DateTimeOffset at) => Of(userId)[place] = at;

    /// <returns>How long the user has to wait, or null.</returns>
    public TimeSpan? PauseOf(long userId, DateTimeOffset now)
    {
        var recent = Of(userId).Values.Where(at => now < at + Window).ToList();
        return recent.Count >= Maximum ? recent.Min() + Window - now : null;
    }

    /// <summary>Adds a miss, in the place of the user's oldest.</summary>
    public void Add(long userId, DateTimeOffset now)
    {
        var misses = Of(userId);
        var place = misses.Count < Maximum ? misses.Count : misses.MinBy(miss => miss.Value).Key;
        misses[place] = now;
        Added.Add((userId, place, now));
    }

    private Dictionary<int, DateTimeOffset> Of(long userId)
    {
        if (!places.TryGetValue(userId, out var misses))
            places.Add(userId, misses = []);
        return misses;
    }
}

internal sealed class RedeemCodeHandler(Db db, CampaignLocks campaigns, IWalletLocks wallets)
    : ICommandBatchHandler<RedeemCode, UserCoupon, LockedForCodes>
{
    private const string Misses = "coupons.code-misses";

    private const string SelectMisses = """
        select user_id, place, missed_at from coupons.code_misses where user_id = any(@users) order by user_id, place
        """;

    private const string SelectCoupons = "select folded, coupon_id from coupons.codes where folded = any(@codes)";

    // Behind the campaign's lock, which every redemption of its codes takes.
    private const string SelectLeft = "select folded, uses - used from coupons.codes where folded = any(@codes)";

    private const string CountUses = """
        update coupons.codes c set used = c.used + n.used
        from unnest(@codes, @counts) as n (folded, used)
        where c.folded = n.folded
        """;

    private const string RecordMisses = """
        insert into coupons.code_misses (user_id, place, missed_at)
        select user_id, place, missed_at from unnest(@users, @places, @times) as m (user_id, place, missed_at)
        on conflict (user_id, place) do update set missed_at = excluded.missed_at
        """;

    public async Task<LockedForCodes> LockAsync(IReadOnlyList<RedeemCode> commands, CancellationToken ct)
    {
        long[] users = [.. commands.Select(command => command.UserId).Distinct()];
        string[] codes = [.. commands.Select(command => command.Folded).Distinct()];
        db.QueueUserLocks(Misses, users);
        var (existing, misses) = (wallets.Read(users), new CodeMisses());
        db.QueueRead(
            SelectMisses,
            row => misses.Read(row.GetInt64(0), row.GetInt32(1), row.GetFieldValue<DateTimeOffset>(2)),
            ("users", users));
        var couponIds = new Dictionary<string, long>();
        db.QueueRead(SelectCoupons, row => couponIds[row.GetString(0)] = row.GetInt64(1), ("codes", codes));
        await db.FlushAsync(ct);

        var locked = new LockedForCodes(existing, misses, couponIds, campaigns.Lock([
            .. commands.Where(command => couponIds.ContainsKey(command.Folded))
                .Select(command => (couponIds[command.Folded], command.UserId)),
        ]));
        db.QueueRead(SelectLeft, row => locked.Left[row.GetString(0)] = row.GetInt32(1), ("codes", codes));
        return locked;
    }

    public IEnumerable<RowKey> RowsOf(RedeemCode command, LockedForCodes locked)
    {
        yield return UserLocks.RowOf(Misses, command.UserId);
        if (locked.CouponIds.TryGetValue(command.Folded, out var couponId))
            yield return new RowKey(CampaignLocks.Resource, couponId);
    }

    public IReadOnlyList<Result<UserCoupon>> Decide(LockedForCodes locked, IReadOnlyList<RedeemCode> commands) =>
        [.. commands.Select(command => Decide(locked, command))];

    public void Write(LockedForCodes locked, IReadOnlyList<Result<UserCoupon>> decided)
    {
        campaigns.Write(locked.Campaigns);
        var used = locked.Used.CountBy(code => code).ToList();
        if (used.Count > 0)
        {
            db.QueueWrite(
                CountUses,
                used.Count,
                ("codes", used.ConvertAll(code => code.Key)),
                ("counts", used.ConvertAll(code => code.Value)));
        }

        var missed = locked.Misses.Added;
        if (missed.Count > 0)
        {
            db.QueueWrite(
                RecordMisses,
                missed.Count,
                ("users", missed.ConvertAll(miss => miss.UserId)),
                ("places", missed.ConvertAll(miss => miss.Place)),
                ("times", missed.ConvertAll(miss => miss.At)));
        }
    }

    private static Result<UserCoupon> Decide(LockedForCodes locked, RedeemCode command)
    {
        var now = locked.Campaigns.Now;
        if (!locked.Users.Has(command.UserId))
            return WalletErrors.UserNotFound.Of(command.UserId);
        if (locked.Misses.PauseOf(command.UserId, now) is { } pause)
            return HttpErrors.RateLimited.Of("Too many codes were none.") with { RetryAfter = pause };
        if (!locked.CouponIds.TryGetValue(command.Folded, out var couponId))
        {
            locked.Misses.Add(command.UserId, now);
            return CouponErrors.CodeNotFound.Of() with { CommitsDespiteError = true };
        }

        var isUsed = locked.Left[command.Folded] <= 0;
        var result = locked.Campaigns.Issue(
            couponId, command.UserId, Issuance.Code, isUsed ? CouponErrors.CodeUsed.Of() : null);
        if (result.Error is null)
        {
            locked.Left[command.Folded]--;
            locked.Used.Add(command.Folded);
        }

        return result;
    }
}
