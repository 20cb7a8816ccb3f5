
namespace Shop.Messages;

/// <summary>The result of one command of a batch: a value, or an error that leaves the other commands alone.</summary>
public readonly record struct Result<T>
{
    private readonly T? value;

    private Result(T? value, Error? error)
    {
        this.value = value;
        Error = error;
    }

    public Error? Error { get; }

    /// <exception cref="ErrorException">The command failed.</exception>
    public T Value => Error is null ? value! : throw new ErrorException(Error);

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Error error) => new(default, error);
}
