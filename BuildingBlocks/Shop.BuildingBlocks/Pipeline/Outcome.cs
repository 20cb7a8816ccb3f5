namespace Shop.BuildingBlocks.Pipeline;

/// <summary>What one command of a group came to: a value, or a refusal that leaves its neighbours alone.</summary>
public readonly record struct Outcome<T>
{
    private readonly T? value;

    private Outcome(T? value, Refused? refusal)
    {
        this.value = value;
        Refusal = refusal;
    }

    public Refused? Refusal { get; }

    public T Value => Refusal is null ? value! : throw Refusal;

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refused refusal) => new(default, refusal);
}
