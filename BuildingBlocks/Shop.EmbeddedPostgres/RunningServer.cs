using Microsoft.Extensions.Logging;
using Shop.EmbeddedPostgres.Sources;

namespace Shop.EmbeddedPostgres;

internal static class RunningServer
{
    /// <summary>
    /// The server that an earlier process started for this folder, as it wrote down; null if it wrote nothing, or if
    /// the programs are gone.
    /// </summary>
    public static async Task<IServer?> FindAsync(
        ClusterFolder folder, ServerAccount account, ILogger logger, CancellationToken ct)
    {
        var state = folder.ReadState();
        if (state?.Container is not null)
            return await DockerServer.FindAsync(folder, [], ct);
        return state?.Binaries is { } binaries
            && Binaries.AreIn(binaries)
            && (await Binaries.ProbeAsync(binaries, account, ct)).Found is { } found
            ? new NativeServer(found, folder, account, logger)
            : null;
    }
}
