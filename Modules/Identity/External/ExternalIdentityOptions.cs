using Microsoft.Extensions.Options;

namespace Shop.Identity.External;

/// <summary>
/// The section <c>Identity:External</c>: an OpenID Connect provider whose access tokens are taken beside the shop's
/// own. Authority and audience, or neither.
/// </summary>
internal sealed class ExternalIdentityOptions
{
    /// <summary>Where <c>/.well-known/openid-configuration</c> is; https outside Development.</summary>
    public string? Authority { get; set; }

    /// <summary>The audience of this shop, one of a token's <c>aud</c>.</summary>
    public string? Audience { get; set; }

    /// <summary>A claim that may name roles; null: tokens bring none.</summary>
    public string? RoleClaim { get; set; }

    public bool IsEnabled => !string.IsNullOrEmpty(Authority);
}

internal sealed class ExternalIdentityOptionsValidator(IHostEnvironment environment)
    : IValidateOptions<ExternalIdentityOptions>
{
    public ValidateOptionsResult Validate(string? name, ExternalIdentityOptions options) => options switch
    {
        { Authority: null or "", Audience: null or "", RoleClaim: null or "" } => ValidateOptionsResult.Success,
        { Authority: null or "" } or { Audience: null or "" } => ValidateOptionsResult.Fail(
            "Identity:External:Authority and Identity:External:Audience belong together; one is missing."),
        _ when !Uri.TryCreate(options.Authority, UriKind.Absolute, out var address)
            || address.Scheme is not ("https" or "http") => ValidateOptionsResult.Fail(
            $"Identity:External:Authority is not an https address: {options.Authority}"),
        _ when !environment.IsDevelopment()
            && !options.Authority.StartsWith("https:", StringComparison.OrdinalIgnoreCase) =>
            ValidateOptionsResult.Fail(
                $"Identity:External:Authority must be an https address outside Development: {options.Authority}"),
        _ => ValidateOptionsResult.Success,
    };
}
