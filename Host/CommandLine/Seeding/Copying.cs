using Npgsql;

namespace Shop.Host.CommandLine.Seeding;

internal static class Copying
{
    /// <summary>Writes rows with COPY, the fastest way into a table.</summary>
    /// <param name="target">The table and its columns, in the order in which a row is written.</param>
    public static async Task CopyAsync<T>(
        this NpgsqlConnection connection,
        string target,
        IEnumerable<T> rows,
        Action<NpgsqlBinaryImporter, T> write,
        CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync($"copy {target} from stdin (format binary)", ct);
        // The transaction lifts PostgreSQL's limit for statements; the driver's own goes with it.
        copy.Timeout = Timeout.InfiniteTimeSpan;
        WriteAll();
        await copy.CompleteAsync(ct);

        // Into a buffer: to await each value of millions would cost more than it frees.
        void WriteAll()
        {
            foreach (var row in rows)
            {
                ct.ThrowIfCancellationRequested();
                copy.StartRow();
                write(copy, row);
            }
        }
    }

    public static void WriteOrNull(this NpgsqlBinaryImporter copy, string? value)
    {
        if (value is null)
            copy.WriteNull();
        else
            copy.Write(value);
    }

    public static void WriteOrNull<T>(this NpgsqlBinaryImporter copy, T? value) where T : struct
    {
        if (value is { } given)
            copy.Write(given);
        else
            copy.WriteNull();
    }
}
