namespace Shop.BuildingBlocks.Commands;

/// <summary>The result of one command of a batch: a value, or a refusal that leaves the other commands alone.</summary>
public readonly record struct Result<T>
{
    private readonly T? value;

    private Result(T? value, Refused? refusal)
    {
        this.value = value;
        Refusal = refusal;
    }

    public Refused? Refusal { get; }

    /// <exception cref="Refused">The command was refused.</exception>
    public T Value => Refusal is null ? value! : throw Refusal;

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Refused refusal) => new(default, refusal);
}
