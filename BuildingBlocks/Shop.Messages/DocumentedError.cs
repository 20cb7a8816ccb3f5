namespace Shop.Messages;

/// <summary>
/// A kind of error. It stands once, in the <c>Errors</c> class of its module, and the API document names it at each
/// endpoint that can fail so.
/// </summary>
/// <param name="code">The machine-readable name, <c>module.what</c>; part of the REST contract.</param>
/// <param name="status">The HTTP status.</param>
public abstract class ErrorKind(string code, int status)
{
    public string Code => code;

    public int Status => status;

    /// <summary>The <c>Retry-After</c> of its errors, where waiting helps.</summary>
    public TimeSpan? RetryAfter { get; init; }

    private protected Error Of(
        string detail, params (string Name, object? Value)[] members) => new(Code, detail, Status)
        {
            Members = members.ToDictionary(member => member.Name, member => member.Value),
            RetryAfter = RetryAfter,
        };
}

/// <summary>A kind of error that says the same each time.</summary>
/// <inheritdoc cref="ErrorKind"/>
/// <param name="detail">One sentence for a person.</param>
public sealed class DocumentedError(string code, int status, string detail) : ErrorKind(code, status)
{
    public Error Of() => base.Of(detail);
}

/// <summary>A kind of error that says something of a value.</summary>
/// <inheritdoc cref="ErrorKind"/>
/// <param name="detail">Makes the sentence for a person.</param>
/// <param name="members">Makes further members of the problem, named in camelCase.</param>
public sealed class DocumentedError<T>(
    string code, int status, Func<T, string> detail, Func<T, (string Name, object? Value)[]> members)
    : ErrorKind(code, status)
{
    public DocumentedError(string code, int status, Func<T, string> detail) : this(code, status, detail, _ => [])
    {
    }

    /// <param name="member">The name of the one further member, which is the value.</param>
    public DocumentedError(string code, int status, Func<T, string> detail, string member)
        : this(code, status, detail, value => [(member, value)])
    {
    }

    public Error Of(T value) => base.Of(detail(value), members(value));
}
