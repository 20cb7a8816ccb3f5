namespace Shop.BuildingBlocks;

public static class IdempotencyErrors
{
    public static readonly DocumentedError InvalidKey =
        new("idempotency.invalid_key", 400, "An Idempotency-Key is 1 to 255 visible ASCII characters.");

    public static readonly DocumentedError InProgress =
        new("idempotency.in_progress", 409, "A request with this Idempotency-Key is under way.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static readonly DocumentedError AnswerNotKept = new(
        "idempotency.answer_not_kept", 409,
        "This was done. Its answer is shown once at most and is not kept: undo it and make another.");

    public static readonly DocumentedError KeyReused =
        new("idempotency.key_reused", 422, "This Idempotency-Key was used for another request.");
}
