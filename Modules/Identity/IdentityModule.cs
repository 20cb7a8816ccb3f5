using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Exports;
using Shop.Identity.Access;
using Shop.Identity.Activities;
using Shop.Identity.ApiKeys;
using Shop.Identity.BrowserSessions;
using Shop.Identity.External;
using Shop.Identity.Keys;
using Shop.Identity.PasswordResets;
using Shop.Identity.Sessions;
using Shop.Identity.Users;

namespace Shop.Identity;

/// <summary>Accounts, sign-ins and tokens.</summary>
public sealed class IdentityModule : IModule
{
    public string Schema => "identity";

    public IReadOnlyList<string> AppendOnlyTables => ["activity"];

    public IReadOnlyList<PersonalData> PersonalData => IdentityPersonalData.All;

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        AddKeys(services);
        AddAccounts(services, configuration);
        AddSessions(services, configuration);
        AddExternalIdentities(services, configuration);
        AddActivity(services, configuration);
    }

    public void MapEndpoints(IEndpointRouteBuilder api)
    {
        var users = api.MapGroup("/users").WithTags("Identity");
        users.MapRegisterUser();
        users.MapGetOwnUser();
        var user = users.MapGroup("/{userId:long}");
        user.MapGetUser();
        user.MapRenameUser();
        user.MapChangePassword();
        user.MapEraseUser();
        var userSessions = user.MapGroup("/sessions").RequireAuthorization(Policies.Owner)
            .OnlyFor(Permissions.UsersWrite);
        userSessions.MapListSessions();
        userSessions.MapEndSessions();
        userSessions.MapEndSession();

        var sessions = api.MapGroup("/sessions").WithTags("Identity");
        sessions.MapSignIn();
        sessions.MapRefreshSession();
        sessions.MapSignOut();
        api.MapResetPassword();

        var browserSessions = api.MapGroup("/browser-sessions").WithTags("Identity").FromAllowedOrigins();
        browserSessions.MapOpenBrowserSession();
        browserSessions.MapRefreshBrowserSession();
        browserSessions.MapEndBrowserSession();

        var admin = api.MapGroup("/admin/users").WithTags("Identity").Needs(Permissions.UsersWrite);
        admin.MapCreateUser();
        admin.MapListUsers();
        admin.MapChangeUser();
        admin.MapCreatePasswordReset();

        var keys = api.MapGroup("/admin/api-keys").WithTags("Identity").Needs(Permissions.ApiKeysWrite);
        keys.MapCreateApiKey();
        keys.MapListApiKeys();
        keys.MapRevokeApiKey();

        var activity = api.MapGroup("/admin/activity").WithTags("Operations").Needs(Permissions.ActivityRead);
        activity.MapListActivity();
    }

    private static void AddKeys(IServiceCollection services)
    {
        // Without a common name hosts in different folders would refuse each other's tokens.
        services.AddDataProtection().SetApplicationName("shop");
        services.AddOptions<KeyManagementOptions>()
            .Configure<NpgsqlDataSource, IOptions<DatabaseOptions>>(
                (keys, source, database) => keys.XmlRepository = new KeyTable(source, database));
        services.AddScoped<IStartupStep, FirstKey>();
    }

    private static void AddAccounts(IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<RegistrationOptions, RegistrationOptionsValidator>(configuration, "Identity");
        services.AddIdentityCore<User>().AddUserStore<UserStore>();
        // Its rules are for user names and passwords of another kind, and look for duplicates before the insert; ours
        // are AccountRules and a unique column.
        services.RemoveAll<IUserValidator<User>>();
        services.AddSingleton<IPasswordHasher<User>, PasswordHasher<User>>();
        services.AddValidatedOptions<PasswordLimitOptions, PasswordLimitOptionsValidator>(
            configuration, "Identity:Passwords");
        services.AddSingleton(PasswordLimits.Of);
        services.AddSingleton<PasswordLimiter>();
        services.AddSingleton<Passwords>();
        services.AddWorker<RehashPasswords>();
        services.AddValidatedOptions<PasswordResetOptions, PasswordResetOptionsValidator>(
            configuration, "Identity:PasswordResets");

        services.AddValidatedOptions<FirstAdminOptions>(
            configuration, "Identity:Admin", environment => new FirstAdminOptionsValidator(environment));
        services.AddScoped<IStartupStep, FirstAdmin>();
    }

    private static void AddExternalIdentities(IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ExternalIdentityOptions>(
            configuration, "Identity:External", environment => new ExternalIdentityOptionsValidator(environment));
        services.AddSingleton<ProviderConfiguration>();
        services.AddSingleton<ExternalTokens>();
        services.AddSingleton<ExternalUsers>();
        services.AddAuthentication().AddJwtBearer(ExternalTokens.SchemeName, configureOptions: _ => { });
        services.AddOptions<JwtBearerOptions>(ExternalTokens.SchemeName)
            .Configure<IOptions<ExternalIdentityOptions>, ProviderConfiguration>(
                (bearer, options, provider) => ExternalTokens.Apply(bearer, options.Value, provider));
    }

    private static void AddSessions(IServiceCollection services, IConfiguration configuration)
    {
        // The framework's scheme has what seals the tokens; ours reads them.
        services.AddAuthentication(AccessTokenHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, AccessTokenHandler>(
                AccessTokenHandler.SchemeName, configureOptions: null)
            .AddBearerToken();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<AccessReader>();
        services.AddSingleton<EndingLookup>();
        services.AddSingleton<ApiKeyLookup>();
        services.AddSingleton<ApiKeyUses>();
        services.AddSingleton<AccessCache>();
        services.AddWorker<ReadAccess>();
        services.AddValidatedOptions<TokenLifetimeOptions, TokenLifetimeOptionsValidator>(
            configuration, "Identity:Tokens");
        services.AddSingleton<Tokens>();

        services.AddValidatedOptions<SignInLockoutOptions, SignInLockoutOptionsValidator>(
            configuration, "Identity:Lockout");
        services.AddSingleton<AttemptsUnderWay>();
        services.AddScoped<Lockout>();
        services.AddScoped<PasswordAttempts>();
        services.AddWorker<ClearSignIns>();
    }

    private static void AddActivity(IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ActivityOptions, ActivityOptionsValidator>(configuration, "Identity:Activity");
        services.AddScoped<IActivityLog, ActivityLog>();
        services.AddWorker<ClearActivity>();
    }
}
