using System.Reflection;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shop.BuildingBlocks.Activities;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Outbox;

namespace Shop.BuildingBlocks;

public static class ModuleServices
{
    /// <summary>
    /// Everything that modules share, registered once: the mediator with its behaviours, the outbox of each module, and
    /// whatever scanning finds in the modules' assemblies, internal types too: handlers, validators, event handlers,
    /// event types.
    /// </summary>
    /// <param name="others">Scanned like modules: the host's own commands and queries belong to none.</param>
    public static IServiceCollection AddModules(
        this IServiceCollection services,
        IReadOnlyList<IModule> modules,
        IConfiguration configuration,
        params IReadOnlyList<Assembly> others)
    {
        var assemblies = modules.Select(module => module.GetType().Assembly).Concat(others).Distinct().ToArray();
        foreach (var module in modules)
        {
            services.AddSingleton(module);
            module.AddServices(services, configuration);
        }

        services.Scan(scan => scan.FromAssemblies(assemblies)
            .AddClasses(type => type.AssignableTo(typeof(IRequestHandler<,>)), publicOnly: false)
                .AsImplementedInterfaces().WithScopedLifetime()
            .AddClasses(
                type => type.AssignableToAny(typeof(ICommandBatchHandler<,,>), typeof(IQueryBatchHandler<,>)),
                publicOnly: false)
            .AsImplementedInterfaces().WithScopedLifetime()
            .AddClasses(type => type.AssignableTo(typeof(IValidator<>)), publicOnly: false)
                .AsImplementedInterfaces().WithSingletonLifetime());
        return services.AddCommands(configuration).AddOutbox(modules, assemblies, configuration);
    }

    private static IServiceCollection AddCommands(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<IMediator>(scope => new Mediator(scope.GetRequiredService));
        services.AddScoped(typeof(IPipelineBehavior<,>), typeof(RequestBehavior<,>));
        services.AddScoped<CommandScope>();
        services.AddSingleton<Transactions>();
        services.AddSingleton(typeof(CommandExecutor<,>));
        services.AddSingleton(typeof(QueryBatcher<,>));
        services.AddSingleton<ConnectionShares>();

        services.AddValidatedOptions<BatchingOptions, BatchingOptionsValidator>(configuration, "Batching");
        services.AddSingleton<BatchPace>();
        foreach (var handler in services.Select(service => service.ServiceType)
            .Where(type => type.IsConstructedGenericType).ToList())
        {
            var arguments = handler.GenericTypeArguments;
            if (handler.GetGenericTypeDefinition() == typeof(ICommandBatchHandler<,,>))
                services.AddSingleton(
                    typeof(CommandExecutor<,>).MakeGenericType(arguments[..2]),
                    typeof(CommandBatcher<,,>).MakeGenericType(arguments));
            else if (handler.GetGenericTypeDefinition() == typeof(IQueryBatchHandler<,>))
                services.AddScoped(
                    typeof(IRequestHandler<,>).MakeGenericType(arguments),
                    typeof(BatchedQueryHandler<,>).MakeGenericType(arguments));
        }

        return services.AddWorker<KeyCleaner>();
    }

    private static IServiceCollection AddOutbox(
        this IServiceCollection services, IReadOnlyList<IModule> modules, Assembly[] assemblies,
        IConfiguration configuration)
    {
        services.AddValidatedOptions<OutboxOptions, OutboxOptionsValidator>(configuration, "Outbox");
        services.AddSingleton(
            new EventTypes(EventTypes.In(assemblies.Concat(assemblies.SelectMany(Contracts)).Distinct())));
        services.AddSingleton(new OutboxRouting(Subscription.HandlersIn(assemblies)));
        services.AddSingleton<OutboxSignals>();
        services.AddScoped<Outbox.Outbox>();
        services.AddScoped<IStartupStep, RegisterSubscriptions>();
        foreach (var module in modules)
        {
            services.AddSingleton(
                provider => ActivatorUtilities.CreateInstance<OutboxDispatcher>(provider, module.Schema));
            services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<OutboxWorker>(
                provider,
                provider.GetServices<OutboxDispatcher>().Single(dispatcher => dispatcher.Schema == module.Schema)));
            services.AddScoped<IBacklog>(
                provider => ActivatorUtilities.CreateInstance<OutboxBacklog>(provider, module.Schema));
        }

        services.AddMetrics();
        services.AddWorker<ClockSkew>();
        services.AddScoped<IStartupStep>(provider => provider.GetRequiredService<ClockSkew>());
        services.AddWorker<BacklogMetrics>();
        services.AddWorker<ClearDiscarded>();

        return services;
    }

    // A module's events stand in its Contracts project, which the module itself references.
    private static IEnumerable<Assembly> Contracts(Assembly module) => module.GetReferencedAssemblies()
        .Where(name => name.Name!.StartsWith("Shop.", StringComparison.Ordinal)
            && name.Name.EndsWith(".Contracts", StringComparison.Ordinal))
        .Select(Assembly.Load);
}
