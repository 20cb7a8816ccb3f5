using System.Reflection;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shop.BuildingBlocks.Admission;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Outbox;
using Shop.BuildingBlocks.Commands;

namespace Shop.BuildingBlocks;

public static class ModuleServices
{
    /// <summary>
    /// Everything that modules share, registered once: the mediator with its behaviours, the outbox of each module, and whatever scanning finds in
    /// the modules' assemblies, internal types too: handlers, validators, event handlers, event types.
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
            .AddClasses(type => type.AssignableTo(typeof(IRequestHandler<,>)), publicOnly: false).AsImplementedInterfaces().WithScopedLifetime()
            .AddClasses(type => type.AssignableToAny(typeof(IGroupHandler<,>), typeof(IGroupStatement<,>), typeof(IGroupReader<,>)), publicOnly: false)
            .AsImplementedInterfaces().WithScopedLifetime()
            .AddClasses(type => type.AssignableTo(typeof(IValidator<>)), publicOnly: false).AsImplementedInterfaces().WithSingletonLifetime());
        services.AddWorker<ProbeHeldRows>();
        services.AddSingleton<Gate>();
        services.AddSingleton(typeof(Lanes<,>));
        services.AddSingleton(typeof(Readers<,>));
        services.HandOver(typeof(IGroupHandler<,>), typeof(HotCommandHandler<,>));
        services.HandOver(typeof(IGroupReader<,>), typeof(HotQueryHandler<,>));
        services.AddValidatedOptions<AdmissionOptions, AdmissionOptionsValidator>(configuration, "Admission");

        return services.AddMediator().AddIdempotency().AddOutbox(modules, assemblies, configuration);
    }

    // Each request that is handled in groups gets the request handler that the mediator looks for.
    private static void HandOver(this IServiceCollection services, Type groupHandler, Type requestHandler)
    {
        foreach (var hot in services.Select(service => service.ServiceType).Where(type => IsClosed(type, groupHandler)).ToList())
            services.AddScoped(typeof(IRequestHandler<,>).MakeGenericType(hot.GenericTypeArguments), requestHandler.MakeGenericType(hot.GenericTypeArguments));
    }

    private static IServiceCollection AddMediator(this IServiceCollection services)
    {
        services.AddScoped<IMediator>(scope => new Mediator(scope.GetRequiredService));
        services.AddScoped(typeof(IPipelineBehavior<,>), typeof(Tracing<,>));
        services.AddScoped(typeof(IPipelineBehavior<,>), typeof(Validation<,>));
        services.AddScoped(typeof(IPipelineBehavior<,>), typeof(UnitOfWork<,>));
        return services;
    }

    private static IServiceCollection AddOutbox(
        this IServiceCollection services, IReadOnlyList<IModule> modules, Assembly[] assemblies, IConfiguration configuration)
    {
        services.AddValidatedOptions<OutboxOptions, OutboxOptionsValidator>(configuration, "Outbox");
        services.AddSingleton(new EventTypes(EventTypes.In(assemblies.Concat(assemblies.SelectMany(Contracts)).Distinct())));
        services.AddSingleton(new OutboxRouting(Subscription.HandlersIn(assemblies)));
        services.AddSingleton<OutboxSignals>();
        services.AddScoped<Outbox.Outbox>();
        foreach (var module in modules)
        {
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<OutboxDispatcher>(provider, module.Schema));
            services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<OutboxWorker>(
                provider, provider.GetServices<OutboxDispatcher>().Single(dispatcher => dispatcher.Schema == module.Schema)));
            services.AddScoped<IBacklog>(provider => ActivatorUtilities.CreateInstance<OutboxBacklog>(provider, module.Schema));
        }

        services.AddMetrics();
        services.AddWorker<BacklogMetrics>();
        services.AddWorker<ClearDiscarded>();

        return services;
    }

    // A module's events stand in its Contracts project, which the module itself references.
    private static IEnumerable<Assembly> Contracts(Assembly module) => module.GetReferencedAssemblies()
        .Where(name => name.Name!.StartsWith("Shop.", StringComparison.Ordinal) && name.Name.EndsWith(".Contracts", StringComparison.Ordinal))
        .Select(Assembly.Load);

    private static bool IsClosed(Type type, Type definition) => type.IsConstructedGenericType && type.GetGenericTypeDefinition() == definition;
}
