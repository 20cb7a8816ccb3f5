using FluentValidation;

namespace Shop.BuildingBlocks.Database;

/// <summary>The section <c>Database</c>.</summary>
public sealed class DatabaseOptions
{
    /// <summary>
    /// Whether a host that starts applies missing migrations; otherwise it refuses to start without them.
    /// </summary>
    public bool MigrateOnStart { get; set; } = true;

    /// <summary>
    /// How long the answer to a COMMIT is waited for; afterwards the outcome is not known, and the caller is told so.
    /// </summary>
    public TimeSpan CommitTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether locks that are not taken in <see cref="LockOrder"/> are an error. Tests set it.</summary>
    public bool CheckLockOrder { get; set; }
}

internal sealed class DatabaseOptionsValidator : AbstractValidator<DatabaseOptions>
{
    public DatabaseOptionsValidator() =>
        RuleFor(options => options.CommitTimeout).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
}
