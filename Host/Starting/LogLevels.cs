namespace Shop.Host.Starting;

/// <summary>The levels of <c>Logging:LogLevel</c>, and of each provider's own.</summary>
internal static class LogLevels
{
    private const string Levels = "LogLevel";

    public static IEnumerable<string> Faults(IConfiguration configuration)
    {
        var logging = configuration.GetSection("Logging");
        return logging.GetChildren().Select(provider => provider.GetSection(Levels))
            .Prepend(logging.GetSection(Levels))
            .SelectMany(levels => levels.GetChildren())
            .Where(level => !string.IsNullOrEmpty(level.Value) && !Enum.TryParse<LogLevel>(level.Value, true, out _))
            .Select(level =>
                $"{level.Path}: must be one of {string.Join(", ", Enum.GetNames<LogLevel>())} (is {level.Value})");
    }
}
