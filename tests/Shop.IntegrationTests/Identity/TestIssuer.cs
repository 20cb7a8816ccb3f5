using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Shop.IntegrationTests.Identity;

/// <summary>An OpenID Connect provider on a port of its own: a discovery document, a key set, and tokens.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    public const string Audience = "shop-api";

    private readonly WebApplication app;
    private int reads;

    private TestIssuer(WebApplication app) => this.app = app;

    public string Address { get; private set; } = "";

    public SigningKey Key { get; private set; } = new("first");

    /// <summary>Whether it answers 503 to everything.</summary>
    public bool IsDown { get; set; }

    /// <summary>How often its key set was read.</summary>
    public int Reads => reads;

    public static async Task<TestIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var issuer = new TestIssuer(builder.Build());
        issuer.app.MapGet("/.well-known/openid-configuration", () => issuer.Answer(() => new
        {
            issuer = issuer.Address,
            jwks_uri = $"{issuer.Address}/keys",
        }));
        issuer.app.MapGet("/keys", () => issuer.Answer(() =>
        {
            Interlocked.Increment(ref issuer.reads);
            return new { keys = new[] { issuer.Key.ToJwk() } };
        }));
        await issuer.app.StartAsync();
        issuer.Address = issuer.app.Urls.Single();
        return issuer;
    }

    /// <summary>Signs with another key from now on, and forgets the one before.</summary>
    public void RotateKey(string id) => Key = new SigningKey(id);

    /// <param name="claims">In place of those of a usual token; null takes a claim away.</param>
    public string Token(string subject, params (string Name, object? Value)[] claims) =>
        Sign(Payload(subject, claims), new { alg = "RS256", kid = Key.Id, typ = "at+jwt" }, Key.Sign);

    public string UnsignedToken(string subject) =>
        Sign(Payload(subject, []), new { alg = "none", typ = "JWT" }, _ => []);

    /// <summary>
    /// Key confusion: a MAC whose secret is the public key, in each form that a verifier could take it in.
    /// </summary>
    public IEnumerable<string> TokensWithMacs(string subject) =>
        from secret in (byte[][])
        [
            Encoding.UTF8.GetBytes(Key.Rsa.ExportSubjectPublicKeyInfoPem()),
            Key.Rsa.ExportSubjectPublicKeyInfo(),
            Key.Rsa.ExportParameters(false).Modulus!,
        ]
        select Sign(
            Payload(subject, []),
            new { alg = "HS256", kid = Key.Id, typ = "JWT" },
            bytes => HMACSHA256.HashData(secret, bytes));

    public string TokenOfKey(SigningKey key, string subject) =>
        Sign(Payload(subject, []), new { alg = "RS256", kid = key.Id, typ = "JWT" }, key.Sign);

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private IResult Answer(Func<object> body) =>
        IsDown ? Results.StatusCode(StatusCodes.Status503ServiceUnavailable) : Results.Json(body());

    private Dictionary<string, object?> Payload(string subject, (string Name, object? Value)[] claims)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var payload = new Dictionary<string, object?>
        {
            ["iss"] = Address,
            ["aud"] = Audience,
            ["sub"] = subject,
            ["iat"] = now,
            ["exp"] = now + 600,
            ["email"] = $"{subject}@example.com",
            ["email_verified"] = true,
            ["name"] = "Mina",
        };
        foreach (var (name, value) in claims)
        {
            if (value is null)
                payload.Remove(name);
            else
                payload[name] = value;
        }

        return payload;
    }

    private static string Sign(object payload, object header, Func<byte[], byte[]> sign)
    {
        var head = JsonSerializer.SerializeToUtf8Bytes(header);
        var claims = JsonSerializer.SerializeToUtf8Bytes(payload);
        var text = $"{Encode(head)}.{Encode(claims)}";
        return $"{text}.{Encode(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}

internal sealed class SigningKey(string id)
{
    public string Id => id;

    public RSA Rsa { get; } = RSA.Create(2048);

    public byte[] Sign(byte[] bytes) => Rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public object ToJwk()
    {
        var key = Rsa.ExportParameters(includePrivateParameters: false);
        return new
        {
            kty = "RSA",
            use = "sig",
            alg = "RS256",
            kid = id,
            n = Base64Url.EncodeToString(key.Modulus!),
            e = Base64Url.EncodeToString(key.Exponent!),
        };
    }
}
