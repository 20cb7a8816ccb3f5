using System.Reflection;
using FluentValidation;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Outbox;
using Shop.Messages;
using Xunit;

namespace Shop.Tests.Architecture;

public sealed class TypeTests
{
    /// <summary>
    /// Commands with nothing in them that a validator could refuse: the checks of types and handler are all there
    /// is.
    /// </summary>
    private static readonly string[] NothingToValidate =
    [
        "ClearAttempts",
        "ClearCart",
        "CloseWallet",
        "CreatePasswordReset",
        "DeleteWebhook",
        "EndBrowserSession",
        "EndSession",
        "EndSessions",
        "EnterExternalUser",
        "EraseCart",
        "EraseUser",
        "ImportProducts",
        "IssueCoupon",
        "KeepWebhookTest",
        "LeaveQueue",
        "LockOpenOrders",
        "OpenSession",
        "OpenWallet",
        "PayOrder",
        "ReadSettledTopUp",
        "ReceivePaymentEvent",
        "RecomputeLists",
        "RefreshSession",
        "RefundPayment",
        "ReplacePassword",
        "RenewWebhookSecret",
        "RequestCoupon",
        "RetryDeadLetter",
        "RetryDeadLetters",
        "RevokeApiKey",
        "SetPassword",
        "SignOut",
        "TestWebhook",
        "UseResetToken",
    ];

    private static readonly IReadOnlyList<Assembly> ModuleAssemblies =
    [
        .. Solution.Modules.Select(module => module.GetType().Assembly),
    ];

    [Fact]
    public void A_module_shows_nothing_but_itself()
    {
        Assert.NotEmpty(Solution.Modules);
        foreach (var module in Solution.Modules)
            Assert.Equal([module.GetType()], module.GetType().Assembly.GetExportedTypes());
    }

    [Fact]
    public void Every_command_is_validated_or_listed()
    {
        var commands = Commands(Solution.ShopAssemblies());
        Assert.True(commands.Count >= 5);

        var validated = Validated([.. ModuleAssemblies, typeof(Program).Assembly]);
        Faults.AssertNone(
            commands.Where(command => !validated.Contains(command) && !NothingToValidate.Contains(command.Name))
                .Select(command =>
                    $"{command.Name} has no validator. Write one in its slice's file, or list it as nothing to "
                    + "validate in "
                    + "tests/Shop.Tests/Architecture/TypeTests.cs."));
        Assert.Empty(
            NothingToValidate.Except(
                commands.Where(command => !validated.Contains(command)).Select(command => command.Name)));
    }

    [Fact]
    public void A_command_without_a_validator_is_found()
    {
        Assembly[] planted = [typeof(Unvalidated).Assembly];
        Assert.Contains(typeof(Unvalidated), Commands(planted));
        Assert.DoesNotContain(typeof(Unvalidated), Validated(planted));
    }

    [Fact]
    public void Every_event_has_a_name_of_its_own_and_its_module_publishes_it()
    {
        var types = new EventTypes(EventTypes.In(Solution.ShopAssemblies()));
        Assert.True(types.All.Count >= 3);

        foreach (var type in types.All)
        {
            Assert.Contains(types.SchemaOf(type), Solution.Modules.Select(module => module.Schema));
            Assert.StartsWith($"Shop.{types.SchemaOf(type)}", type.Namespace, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void An_event_without_a_name_is_found() =>
        Assert.Throws<InvalidOperationException>(() => new EventTypes([typeof(Nameless)]));

    [Fact]
    public void Two_events_of_one_name_are_found() =>
        Assert.Throws<InvalidOperationException>(() => new EventTypes([typeof(Twin), typeof(OtherTwin)]));

    [Fact]
    public void Every_event_handler_has_a_name_of_its_own_that_starts_with_its_module()
    {
        var handlers = Subscription.HandlersIn(ModuleAssemblies).ToList();
        Assert.True(handlers.Count >= 3);

        Assert.Equal(handlers.Count, Subscription.Of(handlers).Count);
        foreach (var handler in handlers)
        {
            var module = Solution.Modules.Single(module => module.GetType().Assembly == handler.Assembly);
            Assert.StartsWith(
                $"{module.Schema}.",
                handler.GetCustomAttribute<EventHandlerAttribute>()!.Name,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_event_handler_without_a_name_is_found() =>
        Assert.Throws<InvalidOperationException>(() => Subscription.Of([typeof(NamelessHandler)]));

    private static List<Type> Commands(IEnumerable<Assembly> assemblies) =>
    [
        .. assemblies.SelectMany(assembly => assembly.GetTypes())
        .Where(type => type is { IsAbstract: false, IsInterface: false }
            && type.GetInterfaces()
                .Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(ICommand<>))),
    ];

    private static HashSet<Type> Validated(IEnumerable<Assembly> assemblies) =>
    [
        .. assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type => !type.IsAbstract)
            .SelectMany(type => type.GetInterfaces())
            .Where(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IValidator<>))
            .Select(face => face.GenericTypeArguments[0]),
    ];

    internal sealed record Unvalidated : ICommand<int>;

    internal sealed record Nameless(string OrderingKey) : IDomainEvent;

    [EventName("planted.twin")]
    internal sealed record Twin(string OrderingKey) : IDomainEvent;

    [EventName("planted.twin")]
    internal sealed record OtherTwin(string OrderingKey) : IDomainEvent;

    internal sealed class NamelessHandler : IEventBatchHandler<Twin>
    {
        public Task Handle(IReadOnlyList<EventEnvelope<Twin>> events, CancellationToken ct) => Task.CompletedTask;
    }
}
