using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Shop.EmbeddedPostgres.Sources;

namespace Shop.EmbeddedPostgres;

/// <summary>One user's time with a cluster, from joining to leaving.</summary>
internal sealed class ClusterUse(
    ClusterFolder folder, IDisposable? user, EmbeddedPostgresOptions options, ILogger logger)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    // Starting may mean fetching PostgreSQL first.
    private static readonly TimeSpan TimeoutWithOthers = TimeSpan.FromMinutes(10);

    // A host that keeps the connection string and forgets the rest is still a user: the garbage collector must not
    // close its lock.
    private static readonly ConcurrentDictionary<ClusterUse, DateTimeOffset> Active = [];

    private readonly ServerAccount account = ServerAccount.Current;
    private IDisposable? user = user;
    private IServer? server;

    public string ConnectionString { get; private set; } = "";

    public string Source => server?.Source ?? "";

    public string Folder => folder.Path;

    public static async Task<ClusterUse> BeginAsync(
        EmbeddedPostgresOptions options, ILogger logger, CancellationToken ct)
    {
        var settings = ServerSettings.Of(options);
        var (folder, user) = options.Throwaway
            ? await new ThrowawayFolders(ServerAccount.Current, logger).EnterAsync(options.DataDirectory, ct)
            : (await ClusterFolder.PrepareAsync(options.DataDirectory, ServerAccount.Current, logger, ct), null);
        var use = new ClusterUse(folder, user, options, logger);
        try
        {
            using (await FileLock.ExclusiveAsync(folder.StartLock, TimeoutWithOthers, ct))
                await use.JoinOrStartAsync(settings, ct);
            Active[use] = DateTimeOffset.UtcNow;
            return use;
        }
        catch
        {
            await use.EndAsync();
            throw;
        }
    }

    public async Task EndAsync()
    {
        Active.TryRemove(this, out _);
        if (user is null)
            return;
        bool last;
        using (await FileLock.ExclusiveAsync(folder.StartLock, TimeoutWithOthers, CancellationToken.None))
        {
            // Under the start lock nobody can join between the look at the users and the stop.
            user.Dispose();
            user = null;
            using var nobodyElse = FileLock.TryExclusive(folder.UsersLock);
            last = nobodyElse is not null;
            if (last)
                await StopAsync();
        }

        if (last && options.Throwaway)
            await new ThrowawayFolders(account, logger).DeleteAsync(folder, CancellationToken.None);
    }

    private async Task JoinOrStartAsync(IReadOnlyDictionary<string, string> settings, CancellationToken ct)
    {
        user ??= FileLock.TryShared(folder.UsersLock)
            ?? throw new PostgresStartException(
                $"{folder.UsersLock} is held by something that is no user of the cluster.");
        var password = await folder.EnsurePasswordAsync(account, ct);
        server = await RunningServer.FindAsync(folder, account, logger, ct);
        if (server is null || await RunningPortAsync(server, password, ct) is not { } port)
        {
            server = await new SourceSearch(options, folder, account, logger).FindAsync(ct);
            port = await StartAsync(
                server, new StartRequest(folder.ReadState()?.Port, password, settings, options.Fsync), ct);
            logger.LogInformation("Started {Source} on port {Port} in {Folder}.", server.Source, port, folder.Path);
        }
        else if (!ServerSettings.File(settings, port).Equals(folder.ReadSettings() ?? "", StringComparison.Ordinal))
        {
            logger.LogInformation(
                "PostgreSQL in {Folder} runs with other settings than asked for; they stay until its last user leaves.",
                folder.Path);
        }

        await ServerConnection.EnsureDatabaseAsync(port, password, options.Database, ct);
        ConnectionString = ServerConnection.ConnectionString(port, password, options.Database);
    }

    private static async Task<int?> RunningPortAsync(IServer server, string password, CancellationToken ct) =>
        await server.RunningPortAsync(ct) is { } port
            && await ServerConnection.WaitUntilReadyAsync(server, port, password, Timeout, ct) ? port : null;

    private static async Task<int> StartAsync(IServer server, StartRequest request, CancellationToken ct)
    {
        var port = await server.StartAsync(request, ct);
        return await ServerConnection.WaitUntilReadyAsync(server, port, request.Password, Timeout, ct)
            ? port
            : throw new PostgresStartException(
                $"{server.Source} ended right after its start.\n{await server.LogTailAsync(ct)}");
    }

    private async Task StopAsync()
    {
        if (server is null)
            return;
        try
        {
            await server.StopAsync(CancellationToken.None);
            logger.LogInformation("Stopped {Source} in {Folder}: nobody uses it any more.", server.Source, folder.Path);
        }
        catch (PostgresStartException unstoppable)
        {
            // Leaving must not hide why the host leaves, and the next host takes over whatever still runs.
            logger.LogError(unstoppable, "The PostgreSQL server in {Folder} could not be stopped.", folder.Path);
        }
    }
}
