namespace Shop.EmbeddedPostgres;

internal sealed record StartRequest(
    int? PreferredPort, string Password, IReadOnlyDictionary<string, string> Settings, bool Durable);

/// <summary>A PostgreSQL that serves one cluster folder: programs on this machine, or a container.</summary>
internal interface IServer
{
    /// <summary>For people, such as "PostgreSQL 15.18 from /usr/lib/postgresql/15/bin".</summary>
    string Source { get; }

    /// <summary>
    /// The port of the server that holds the folder now (perhaps still starting or stopping), or null.
    /// </summary>
    Task<int?> RunningPortAsync(CancellationToken ct);

    /// <summary>
    /// Makes the cluster if there is none, starts the server and leaves a <see cref="ServerState"/> for later
    /// processes. Returns its port.
    /// </summary>
    Task<int> StartAsync(StartRequest request, CancellationToken ct);

    /// <summary>Stops the server if it runs; committed data are safe.</summary>
    Task StopAsync(CancellationToken ct);

    /// <summary>The last lines of what the server said since it was asked to start.</summary>
    Task<string> LogTailAsync(CancellationToken ct);

    /// <summary>Deletes what is kept outside the folder.</summary>
    Task DeleteDataAsync(CancellationToken ct);
}
