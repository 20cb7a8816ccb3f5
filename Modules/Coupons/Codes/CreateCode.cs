using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Coupons.Campaigns;
using Shop.Coupons.Contracts;

namespace Shop.Coupons.Codes;

/// <summary>Adds a code that an operator chose.</summary>
internal sealed record CreateCode(long CouponId, string Code, int Uses) : ICommand<CouponCode>;

/// <summary>Has random codes made, off the request; each may be used once.</summary>
internal sealed record CreateCodeBatch(long CouponId, int Count) : ICommand<CodeBatch>;

internal sealed record CodeBatch(Guid BatchId);

/// <summary>Either a count, or a code with its uses.</summary>
internal sealed record CreateCodesRequest(
    int? Count = null, [property: MaxLength(CodeText.MaximumLength)] string? Code = null, int? Uses = null);

internal static class CreateCodeEndpoint
{
    public static void MapCreateCode(this IEndpointRouteBuilder coupons) => coupons
        .MapPost("/{couponId:long}/codes", CreateAsync)
        .WithName(nameof(CreateCode))
        .WithSummary("Makes codes by which a coupon is had")
        .Fails(CouponErrors.NotFound, CouponErrors.OtherIssuance, CouponErrors.CodeTaken)
        .WithExample(new CreateCodesRequest(Code: "AUTUMN-2026", Uses: 500))
        .WithDescription(
            "Either count, 1 to 100000 codes of 12 characters that are made off the request (202), or a code of 4 to "
                + "32 letters, digits and hyphens with its uses, 1 to 10000000 (201).");

    private static async Task<Results<IdempotentResponse<Accepted<CodeBatch>>, IdempotentResponse<Created<CouponCode>>>>
        CreateAsync(long couponId, CreateCodesRequest body, IdempotentSender commands, CancellationToken ct)
    {
        var path = $"/api/v1/admin/coupons/{couponId}/codes";
        if (body is { Count: { } count, Code: null, Uses: null })
            return await commands.AcceptedAsync(new CreateCodeBatch(couponId, count), _ => path, ct);
        if (body is { Count: null, Code: { } code, Uses: { } uses })
            return await commands.CreatedAsync(new CreateCode(couponId, code, uses), _ => path, ct);
        throw Invalid.Field("body", "Must have either count, or code and uses.");
    }
}

internal sealed class CreateCodeValidator : AbstractValidator<CreateCode>
{
    public CreateCodeValidator()
    {
        RuleFor(command => command.Code).Length(CodeText.MinimumLength, CodeText.MaximumLength);
        RuleFor(command => command.Code).Must(CodeText.IsWellFormed)
            .WithMessage("Must be of letters, digits and hyphens.");
        RuleFor(command => command.Uses).InclusiveBetween(1, 10_000_000);
    }
}

internal sealed class CreateCodeBatchValidator : AbstractValidator<CreateCodeBatch>
{
    public CreateCodeBatchValidator() => RuleFor(command => command.Count).InclusiveBetween(1, 100_000);
}

internal sealed class CreateCodeHandler(Db db) : IRequestHandler<CreateCode, CouponCode>
{
    // The unique key of the folded code decides, also where two come at once.
    private const string InsertCode = """
        insert into coupons.codes (folded, code, coupon_id, uses)
        values (@folded, @Code, @CouponId, @Uses)
        on conflict (folded) do nothing
        """;

    public async Task<CouponCode> Handle(CreateCode request, CancellationToken cancellationToken)
    {
        await db.MustHaveCodesAsync(request.CouponId, cancellationToken);
        var inserted = await db.ExecuteAsync(
            InsertCode,
            new { folded = CodeText.Fold(request.Code), request.Code, request.CouponId, request.Uses },
            cancellationToken);
        return inserted == 1
            ? new CouponCode(request.Code, request.Uses, Used: 0, BatchId: null)
            : throw new ErrorException(CouponErrors.CodeTaken.Of());
    }
}

internal sealed class CreateCodeBatchHandler(Db db) : IRequestHandler<CreateCodeBatch, CodeBatch>
{
    /// <summary>Batches that are not made whole.</summary>
    private const int MaximumOpen = 100;

    private const string InsertBatch = """
        insert into coupons.code_batches (batch_id, coupon_id, wanted, created_at)
        select @batchId, @CouponId, @Count, (select shop.now())
        where (select count(*) from coupons.code_batches where made < wanted) < @MaximumOpen
        """;

    public async Task<CodeBatch> Handle(CreateCodeBatch request, CancellationToken cancellationToken)
    {
        await db.MustHaveCodesAsync(request.CouponId, cancellationToken);
        var batchId = Guid.CreateVersion7();
        var inserted = await db.ExecuteAsync(
            InsertBatch, new { batchId, request.CouponId, request.Count, MaximumOpen }, cancellationToken);
        return inserted == 1
            ? new CodeBatch(batchId)
            : throw new ErrorException(CommandErrors.Unavailable.Of("Many codes are being made. Try again shortly."));
    }
}

internal static class CodeCampaigns
{
    private const string SelectIssuance = "select issuance from coupons.coupons where coupon_id = @couponId";

    /// <exception cref="ErrorException">
    /// 404 <c>coupons.not_found</c>, 409 <c>coupons.other_issuance</c>: it is had in another way.
    /// </exception>
    public static async Task MustHaveCodesAsync(this Db db, long couponId, CancellationToken ct)
    {
        var issuance = await db.QuerySingleOrDefaultAsync<string>(SelectIssuance, new { couponId }, ct)
            ?? throw new ErrorException(CouponErrors.NotFound.Of(couponId));
        if (issuance != EnumNames.Of(Issuance.Any) && issuance != EnumNames.Of(Issuance.Code))
            throw new ErrorException(CouponErrors.OtherIssuance.Of(issuance));
    }
}
