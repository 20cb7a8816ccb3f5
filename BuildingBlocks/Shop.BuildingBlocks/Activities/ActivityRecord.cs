namespace Shop.BuildingBlocks.Activities;

/// <summary>A row of the activity log: a command under a permission or on behalf of somebody else.</summary>
/// <param name="Action">The id of the operation in the API document; without a request the command's name.</param>
/// <param name="Before">JSON of the changed members; null where nothing was changed but added or removed.</param>
/// <param name="After">JSON of the changed members, or of the body.</param>
public sealed record ActivityRecord(
    ActorType ActorType,
    string? ActorId,
    long? OnBehalfOf,
    string Action,
    string TargetType,
    string? TargetId,
    string? Before,
    string? After,
    string? Address,
    string? TraceId);

public enum ActorType
{
    User,
    ApiKey,
    CommandLine,
    System,
}

/// <summary>The origin of commands. It may outlive its request, so it holds nothing of the connection.</summary>
public interface ICommandOrigin
{
    /// <param name="result">The command's answer; null for an error that commits.</param>
    /// <returns>Null where the command leaves no row.</returns>
    ActivityRecord? Describe(object command, object? result);
}

/// <summary>The origin of the commands that a scope sends. None: they leave no activity.</summary>
public sealed class CommandScope
{
    public ICommandOrigin? Origin { get; set; }
}

/// <summary>Keeps activity, in the transaction of its scope.</summary>
public interface IActivityLog
{
    /// <summary>Queues the rows: the last that the transaction writes.</summary>
    void Queue(IReadOnlyList<ActivityRecord> records);
}

/// <summary>The answer of a command that changes members of a thing.</summary>
public interface IChange
{
    object Before { get; }

    object After { get; }
}

/// <inheritdoc cref="IChange"/>
public sealed record Change<T>(T Before, T After) : IChange where T : notnull
{
    object IChange.Before => Before;

    object IChange.After => After;
}
