using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Audit;
using Shop.BuildingBlocks.Exports;
using Shop.BuildingBlocks.Metrics;

namespace Shop.BuildingBlocks;

/// <summary>
/// A module as the host sees it. Handlers, validators, event handlers and migrations are found in its assembly.
/// </summary>
public interface IModule
{
    /// <summary>The PostgreSQL schema that this module alone reads and writes.</summary>
    string Schema { get; }

    /// <summary>The audit's checks of the module's books.</summary>
    IReadOnlyList<AuditCheck> Checks => [];

    /// <summary>The figures by which an operator sees the module at work.</summary>
    IReadOnlyList<Metric> Metrics => [];

    /// <summary>Tables of the schema to which rows are only ever added: no role but the owner may change any.</summary>
    IReadOnlyList<string> AppendOnlyTables => [];

    /// <summary>The module's data about a user: every table of its schema that names one.</summary>
    IReadOnlyList<PersonalData> PersonalData => [];

    /// <summary>
    /// The names of event handlers that the module had: no event is kept for them any more. A name is listed once no
    /// build that runs has the handler.
    /// </summary>
    IReadOnlyList<string> RetiredEventHandlers => [];

    /// <summary>Registers what scanning does not find: options, locks, workers.</summary>
    void AddServices(IServiceCollection services, IConfiguration configuration);

    /// <summary>The module's table of contents: one line for each endpoint, below <c>/api/v1</c>.</summary>
    void MapEndpoints(IEndpointRouteBuilder api);
}
