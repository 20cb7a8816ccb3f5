using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Activities;

namespace Shop.BuildingBlocks.Http;

/// <summary>Commands that no request has sent: those of the command line, and of the shop itself.</summary>
/// <param name="subject">The type of the target of a command that names none.</param>
public sealed class LocalOrigin(ActorType actor, string subject, IOptions<JsonOptions> json) : ICommandOrigin
{
    /// <summary>The commands of the scope are the actor's until the end of what is returned.</summary>
    public static IDisposable Use(IServiceProvider scope, ActorType actor, string subject)
    {
        var commands = scope.GetRequiredService<CommandScope>();
        commands.Origin = new LocalOrigin(
            actor, ActivityJson.UpperSnake(subject), scope.GetRequiredService<IOptions<JsonOptions>>());
        return new End(commands);
    }

    public ActivityRecord? Describe(object command, object? result)
    {
        var options = json.Value.SerializerOptions;
        var change = result as IChange;
        var answer = JsonSerializer.SerializeToNode(change?.After ?? result, options) as JsonObject;
        var (type, id) = ActivityJson.TargetOf(answer) ?? TargetOf(command) ?? (subject, null);
        var (before, after) = change is null
            // A command is to the command line what a body is to a request.
            ? (null, ActivityJson.MembersOf(command, command.GetType(), options))
            : ActivityJson.Differences(JsonSerializer.SerializeToNode(change.Before, options)!.AsObject(), answer!);
        return new ActivityRecord(
            actor,
            ActorId: null,
            OnBehalfOf: null,
            command.GetType().Name,
            type,
            id,
            ActivityJson.Masked(before, type, options),
            ActivityJson.Masked(after, type, options),
            Address: null,
            System.Diagnostics.Activity.Current?.Id);
    }

    private static (string Type, string? Id)? TargetOf(object command)
    {
        foreach (var member in command.GetType().GetProperties())
        {
            if (ActivityJson.TypeOf(member.Name) is { } type)
                return (type, member.GetValue(command)?.ToString());
        }

        return null;
    }

    private sealed class End(CommandScope commands) : IDisposable
    {
        public void Dispose() => commands.Origin = null;
    }
}
