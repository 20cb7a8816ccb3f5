using Shop.BuildingBlocks.Database;

namespace Shop.Host.CommandLine;

internal static class ReadyDatabase
{
    /// <summary>For a verb that works with what is there, and does not migrate.</summary>
    /// <exception cref="InvalidOperationException">Migrations are missing.</exception>
    public static async Task ExpectAsync(VerbCall call, CancellationToken ct)
    {
        if (!await call.Services.GetRequiredService<Migrator>().IsUpToDateAsync(ct))
            throw new InvalidOperationException(
                "The database lacks migrations of this build. Starting the shop applies them, or the verb migrate.");
    }
}
