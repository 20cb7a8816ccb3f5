using MediatR;
using Shop.BuildingBlocks.Http;
using Shop.Host.Outbox;
using Spectre.Console;

namespace Shop.Host.CommandLine;

/// <summary>The backlog and the dead letters without the API, for operators with a shell and no token.</summary>
internal static class OutboxVerb
{
    private const int Shown = 100;

    public static Verb Verb { get; } = new(
        "outbox",
        "[list | retry ID | retry --handler NAME | retry all]",
        "Counts what is still to be delivered and lists the dead letters, or delivers dead letters again, once a "
        + "host runs. Exit code: 0 done, 1 there are dead letters, 2 it could not be done.",
        RunAsync);

    private static async Task<int> RunAsync(VerbCall call, CancellationToken ct)
    {
        await ReadyDatabase.ExpectAsync(call, ct);
        var mediator = call.Services.GetRequiredService<IMediator>();
        switch (call.Arguments)
        {
            case ["retry", ..] when call.Option("--handler") is { } handler:
                return Tell(call, (await mediator.Send(new RetryDeadLetters(handler), ct)).Retried);
            case ["retry", "all", ..]:
                return Tell(call, (await mediator.Send(new RetryDeadLetters(Handler: null), ct)).Retried);
            case ["retry", var id, ..] when !id.StartsWith('-'):
                await mediator.Send(new RetryDeadLetter(id), ct);
                return Tell(call, retried: 1);
            case ["retry", ..]:
                throw new UsageException("retry needs the id of a dead letter, --handler NAME or all.");
            case [] or ["list", ..] or [['-', ..], ..]:
                return await ListAsync(call, mediator, ct);
            default:
                throw new UsageException($"outbox knows list and retry, not {call.Arguments[0]}.");
        }
    }

    private static int Tell(VerbCall call, int retried)
    {
        call.Output.WriteLine($"Due again: {retried}");
        return ExitCode.Fine;
    }

    private static async Task<int> ListAsync(VerbCall call, IMediator mediator, CancellationToken ct)
    {
        var outbox = await mediator.Send(new GetOutbox(), ct);
        var letters = await mediator.Send(new ListDeadLetters(new PageRequest(Shown, Cursor: null)), ct);
        call.Output.Write(Counts(outbox));
        if (letters.Items.Count > 0)
            call.Output.Write(Dead(letters.Items));
        if (letters.NextCursor is not null)
            call.Output.WriteLine($"The latest {Shown}; there are more.");
        return letters.Items.Count == 0 ? ExitCode.Fine : ExitCode.Bad;
    }

    private static Table Counts(OutboxView outbox)
    {
        var table = new Table().RoundedBorder().AddColumns("Of", "Pending", "Oldest, s", "Retrying", "Dead");
        foreach (var module in outbox.Modules)
            table.AddRow(
                module.Module,
                $"{module.Pending}",
                $"{module.OldestAgeSeconds}",
                $"{module.Retrying}",
                $"{module.Dead}");
        var deliveries = outbox.Deliveries;
        table.AddRow(
            "data platform",
            $"{deliveries.Pending}",
            $"{deliveries.OldestAgeSeconds}",
            $"{deliveries.Retrying}",
            $"{deliveries.Dead}");
        return table;
    }

    private static Table Dead(IReadOnlyList<DeadLetterView> letters)
    {
        var table = new Table()
            .RoundedBorder()
            .AddColumns("Dead letter", "Type", "Handler", "Attempts", "Failed at", "Error");
        foreach (var letter in letters)
            table.AddRow(
                new Text(letter.Id),
                new Text(letter.Type),
                new Text(letter.Handler),
                new Text($"{letter.Attempts}"),
                new Text($"{letter.FailedAt:u}"),
                new Text(letter.LastError ?? ""));
        return table;
    }
}
