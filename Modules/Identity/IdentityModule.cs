using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Background;
using Shop.Identity.Keys;
using Shop.Identity.Sessions;
using Shop.Identity.Users;

namespace Shop.Identity;

/// <summary>Accounts, sign-ins and tokens.</summary>
public sealed class IdentityModule : IModule
{
    public string Schema => "identity";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        AddKeys(services);
        AddAccounts(services, configuration);
        AddSessions(services, configuration);
    }

    public void MapEndpoints(IEndpointRouteBuilder api)
    {
        var users = api.MapGroup("/users").WithTags("Identity");
        users.MapRegisterUser();
        var user = users.MapGroup("/{userId:long}");
        user.MapGetUser();
        user.MapChangePassword();

        var sessions = api.MapGroup("/sessions").WithTags("Identity");
        sessions.MapSignIn();
        sessions.MapRefreshSession();
        sessions.MapSignOut();

        var admin = api.MapGroup("/admin/users").WithTags("Identity").RequireAuthorization(Policies.Admin);
        admin.MapCreateUser();
        admin.MapListUsers();
    }

    private static void AddKeys(IServiceCollection services)
    {
        // Without a common name hosts in different folders would refuse each other's tokens.
        services.AddDataProtection().SetApplicationName("shop");
        services.AddOptions<KeyManagementOptions>()
            .Configure<NpgsqlDataSource, IOptions<DatabaseOptions>, TimeProvider>(
                (keys, source, database, time) => keys.XmlRepository = new KeyTable(source, database, time));
        services.AddScoped<IStartupStep, FirstKey>();
    }

    private static void AddAccounts(IServiceCollection services, IConfiguration configuration)
    {
        services.AddIdentityCore<User>().AddUserStore<UserStore>();
        // Its rules are for user names and passwords of another kind, and look for duplicates before the insert; ours are AccountRules and a unique column.
        services.RemoveAll<IUserValidator<User>>();
        services.AddSingleton<IPasswordHasher<User>, PasswordHasher<User>>();
        services.AddValidatedOptions<PasswordLimitOptions, PasswordLimitOptionsValidator>(
            configuration, "Identity:Passwords");
        services.AddSingleton(PasswordLimits.Of);
        services.AddSingleton<PasswordLimiter>();
        services.AddSingleton<Passwords>();

        services.AddValidatedOptions<FirstAdminOptions>(
            configuration, "Identity:Admin", environment => new FirstAdminOptionsValidator(environment));
        services.AddScoped<IStartupStep, FirstAdmin>();
    }

    private static void AddSessions(IServiceCollection services, IConfiguration configuration)
    {
        services.AddAuthentication(BearerTokenDefaults.AuthenticationScheme).AddBearerToken(bearer => bearer.Events.OnMessageReceived = ReadInAnyCase);
        // After the framework has set the protector.
        services.AddOptions<BearerTokenOptions>(BearerTokenDefaults.AuthenticationScheme).PostConfigure(bearer => bearer.BearerTokenProtector = new KnownTokens(bearer.BearerTokenProtector));
        services.AddValidatedOptions<TokenLifetimeOptions, TokenLifetimeOptionsValidator>(configuration, "Identity:Tokens");
        services.AddSingleton<Tokens>();

        services.AddValidatedOptions<SignInLockoutOptions, SignInLockoutOptionsValidator>(configuration, "Identity:Lockout");
        services.AddSingleton<AttemptsUnderWay>();
        services.AddScoped<Lockout>();
        services.AddWorker<ClearSignIns>();
    }

    // RFC 9110, 11.1: a scheme's name is case-insensitive. The framework knows "Bearer" only.
    private static Task ReadInAnyCase(MessageReceivedContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            context.Token = header["Bearer ".Length..].Trim();
        return Task.CompletedTask;
    }
}
