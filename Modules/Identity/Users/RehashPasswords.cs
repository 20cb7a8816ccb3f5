using System.Threading.Channels;
using Npgsql;
using Shop.BuildingBlocks.Background;

namespace Shop.Identity.Users;

/// <summary>
/// Hashes passwords anew that a sign-in has shown and whose hash was made with older parameters than today's, one at a
/// time. Beyond <see cref="MaximumWaiting"/> they are left to the next sign-in.
/// </summary>
internal sealed class RehashPasswords(
    Passwords passwords, NpgsqlDataSource source, TimeProvider time, ILogger<RehashPasswords> log) : Worker(time, log)
{
    private const int MaximumWaiting = 64;

    // Compare-and-set: a password that was changed meanwhile stays. The security stamp stays too, and with it every
    // session.
    private const string ReplaceHash =
        "update identity.users set password_hash = $3 where user_id = $1 and password_hash = $2";

    private readonly Channel<Outdated> waiting = Channel.CreateBounded<Outdated>(
        new BoundedChannelOptions(MaximumWaiting) { FullMode = BoundedChannelFullMode.DropWrite });

    private sealed record Outdated(long UserId, string Hash, string Password);

    protected override string Name => "identity.rehash-passwords";

    /// <summary>Queues the password, without waiting.</summary>
    /// <param name="user">As it was when its password was checked.</param>
    public void Add(User user, string password) =>
        waiting.Writer.TryWrite(new Outdated(user.UserId, user.PasswordHash!, password));

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        if (!waiting.Reader.TryRead(out var outdated))
            return 0;
        var hash = await passwords.HashAsync(outdated.Password, ct);
        await using var command = source.CreateCommand(ReplaceHash);
        command.Parameters.Add(new() { Value = outdated.UserId });
        command.Parameters.Add(new() { Value = outdated.Hash });
        command.Parameters.Add(new() { Value = hash });
        await command.ExecuteNonQueryAsync(ct);
        return 1;
    }

    protected override async Task PauseAsync(CancellationToken ct) => await waiting.Reader.WaitToReadAsync(ct);
}
