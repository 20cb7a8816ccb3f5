using System.Security.Cryptography;
using Dapper;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Background;

namespace Shop.Coupons.Codes;

/// <summary>
/// Makes the codes of batches, a part in each transaction. The batch's row is locked, so that two hosts make no part
/// twice; a crash leaves whole parts.
/// </summary>
internal sealed class GenerateCodes(
    NpgsqlDataSource source, IOptions<CouponsOptions> options, TimeProvider time, ILogger<GenerateCodes> log)
    : Worker(time, log)
{
    private const int Part = 10_000;

    private const string LockBatch = """
        select batch_id, coupon_id, wanted - made as missing from coupons.code_batches
        where made < wanted order by batch_id limit 1
        for no key update skip locked
        """;

    private const string CopyCodes =
        "copy coupons.codes (folded, code, coupon_id, uses, batch_id) from stdin (format binary)";

    private const string CountMade =
        "update coupons.code_batches set made = made + @made where batch_id = @BatchId";

    protected override string Name => "coupon-codes";

    /// <returns>The number of codes made.</returns>
    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var batch = await connection.QuerySingleOrDefaultAsync<OpenBatch>(
            new CommandDefinition(LockBatch, transaction: transaction, cancellationToken: ct));
        if (batch is null)
            return 0;
        var made = Math.Min(batch.Missing, Part);
        // A code that is there already fails the part, which is made again of other codes.
        await using (var copy = await connection.BeginBinaryImportAsync(CopyCodes, ct))
        {
            for (var i = 0; i < made; i++)
            {
                var code = RandomNumberGenerator.GetString(CodeText.Alphabet, CodeText.GeneratedLength);
                await copy.WriteRowAsync(ct, code, code, batch.CouponId, 1, batch.BatchId);
            }

            await copy.CompleteAsync(ct);
        }

        await connection.ExecuteAsync(
            new CommandDefinition(CountMade, new { made, batch.BatchId }, transaction, cancellationToken: ct));
        await transaction.CommitAsync(ct);
        return made;
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(options.Value.Queue.Interval, Time, ct);

    private sealed record OpenBatch(Guid BatchId, long CouponId, int Missing);
}
