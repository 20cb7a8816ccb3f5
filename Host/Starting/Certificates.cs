using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Shop.Host.Starting;

/// <summary>Certificate files that the section <c>Kestrel</c> names, at its endpoints or as a default.</summary>
internal static class Certificates
{
    private const string File = "Path";
    private const string KeyFile = "KeyPath";

    /// <summary>Reads them as Kestrel will: PKCS #12, or PEM with a key beside it.</summary>
    /// <returns>Each names its setting; no password is told.</returns>
    public static IEnumerable<string> Faults(IConfiguration configuration, string contentRoot) =>
        SectionsBelow(configuration.GetSection("Kestrel"))
            .Where(section => !string.IsNullOrEmpty(section[File]))
            .Select(certificate => FaultOf(certificate, contentRoot))
            .OfType<string>();

    private static IEnumerable<IConfigurationSection> SectionsBelow(IConfigurationSection section) =>
        section.GetChildren().SelectMany(child => SectionsBelow(child).Prepend(child));

    private static string? FaultOf(IConfigurationSection certificate, string contentRoot)
    {
        var path = Path.Combine(contentRoot, certificate[File]!);
        var keyPath = certificate[KeyFile] is { Length: > 0 } key ? Path.Combine(contentRoot, key) : null;
        return UnreadableFault(certificate, File, path)
            ?? (keyPath is null ? null : UnreadableFault(certificate, KeyFile, keyPath))
            ?? InvalidFault(certificate, path, keyPath);
    }

    private static string? UnreadableFault(IConfigurationSection certificate, string setting, string path)
    {
        try
        {
            using var file = System.IO.File.OpenRead(path);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"{certificate.Path}:{setting}: {error.Message}";
        }
    }

    private static string? InvalidFault(IConfigurationSection certificate, string path, string? keyPath)
    {
        try
        {
            using var loaded = Load(path, keyPath, certificate["Password"]);
            return null;
        }
        catch (CryptographicException error)
        {
            return $"{certificate.Path}: {path} can't be used, or its password is another one ({error.Message})";
        }
    }

    private static X509Certificate2 Load(string path, string? keyPath, string? password)
    {
        if (keyPath is null)
            return X509CertificateLoader.LoadPkcs12FromFile(path, password);
        // Kestrel takes a certificate in DER too; whether it fits the key is seen when the endpoint is bound.
        return X509CertificateLoader.LoadCertificateFromFile(path);
    }
}
