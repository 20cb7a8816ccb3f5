using Shop.Catalog.Contracts;

namespace Shop.Catalog.Imports;

internal sealed record GetImport(Guid ImportId) : IQuery<Import>;

/// <param name="Done">Rows that were looked at, those that failed included.</param>
/// <param name="Errors">Of the first rows that failed.</param>
internal sealed record Import(ImportStatus Status, int Rows, int Done, int Failed, IReadOnlyList<RowError> Errors)
{
    public const int MaximumErrors = 1_000;
}

/// <param name="Row">As a spreadsheet numbers it; the header is 1.</param>
/// <param name="Field">The column; row where it is none of them.</param>
internal sealed record RowError(int Row, string Field, string Message);

internal enum ImportStatus
{
    Pending,
    Running,
    Done,
}

internal static class GetImportEndpoint
{
    public static void MapGetImport(this IEndpointRouteBuilder imports) => imports
        .MapGet("/{importId:guid}", async (Guid importId, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new GetImport(importId), ct)))
        .WithName(nameof(GetImport))
        .WithSummary("How far an import is, and what was wrong with its rows")
        .WithDescription($"The first {Import.MaximumErrors} errors. A report is kept for 30 days.")
        .Fails(CatalogErrors.ImportNotFound);
}

internal sealed class GetImportHandler(Db db) : IRequestHandler<GetImport, Import>
{
    private const string SelectImport = """
        select rows, done, failed, finished_at is not null as is_finished
        from catalog.imports where import_id = @ImportId
        """;

    private const string SelectErrors = """
        select row, field, message from catalog.import_errors
        where import_id = @ImportId order by row, field limit @MaximumErrors
        """;

    public async Task<Import> Handle(GetImport request, CancellationToken cancellationToken)
    {
        var import = await db.QuerySingleOrDefaultAsync<Progress>(
            SelectImport, new { request.ImportId }, cancellationToken)
            ?? throw new ErrorException(CatalogErrors.ImportNotFound.Of(request.ImportId));
        var errors = await db.QueryAsync<RowError>(
            SelectErrors, new { request.ImportId, Import.MaximumErrors }, cancellationToken);
        var status = import switch
        {
            { IsFinished: true } => ImportStatus.Done,
            { Done: 0 } => ImportStatus.Pending,
            _ => ImportStatus.Running,
        };
        return new Import(status, import.Rows, import.Done, import.Failed, errors);
    }

    private sealed record Progress(int Rows, int Done, int Failed, bool IsFinished);
}
