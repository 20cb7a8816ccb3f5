namespace Shop.EmbeddedPostgres;

/// <summary>Small files that a kill must never leave half written.</summary>
internal static class AtomicFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode Readable = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static void Write(string file, string text, UnixFileMode mode)
    {
        var draft = file + ".new";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using (var writer = new StreamWriter(draft, options))
            writer.Write(text);

        // The mode asked for at creation is narrowed by the umask.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(draft, mode);
        File.Move(draft, file, overwrite: true);
    }
}
