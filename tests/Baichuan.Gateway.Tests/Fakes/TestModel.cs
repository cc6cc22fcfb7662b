namespace Baichuan.Gateway.Tests.Fakes;

/// <summary>The demo model's text side, loaded once.</summary>
internal static class TestModel
{
    public const int Vocabulary = 4096;
    public const int Context = 2048;
    public const int EndOfText = 2;

    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "data", "demo");

    public static ServedModel Served { get; } = ServedModel.Load(Options());

    /// <summary>Short times, so that nothing in a test waits for long.</summary>
    public static GatewayOptions Options() => new()
    {
        Model = "demo",
        ModelFolder = Folder,
        GrpcPort = 0,
        MetricsPort = 0,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        TopologyInterval = TimeSpan.FromMilliseconds(5),
    };
}
