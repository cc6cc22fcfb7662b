using System.Diagnostics;

namespace Baichuan.Cluster.EndToEnd.Processes;

/// <summary>Programs from outside that some tests need. Missing: the test is skipped with the line that installs it, and fails where
/// BAICHUAN_REQUIRE_TOOLS is set, as it is in continuous integration.</summary>
internal static class Tools
{
    public const string Python = "/usr/bin/python3";

    public static void RequirePythonGrpc() =>
        Require(Runs(Python, "-c", "import grpc, google.protobuf"), "Python's gRPC is missing: apt-get install python3-grpcio python3-protobuf");

    /// <summary>Prometheus' own tool.</summary>
    public const string PromTool = "/usr/bin/promtool";

    public static void RequirePromTool() => Require(Runs(PromTool, "--version"), "promtool is missing: apt-get install prometheus");

    /// <summary>The folder of the modules for node, the official OpenAI client among them.</summary>
    public static string RequireNodeModules()
    {
        var modules = Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "..", ".tools", "node_modules");
        Require(Directory.Exists(Path.Combine(modules, "openai")), "The npm package openai is missing: .ci/install-tools");
        return Path.GetFullPath(modules);
    }

    /// <summary>A browser, and the module for node that drives it; the folder of the modules.</summary>
    public static string RequireBrowser()
    {
        var modules = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "..", ".tools", "node_modules"));
        Require(File.Exists("/usr/bin/chromium") && Directory.Exists(Path.Combine(modules, "playwright-core")), "chromium or the npm package playwright-core is missing: .ci/install-tools");
        return modules;
    }

    private static void Require(bool there, string install)
    {
        if (there)
            return;
        if (Environment.GetEnvironmentVariable("BAICHUAN_REQUIRE_TOOLS") is { Length: > 0 })
            Assert.Fail(install);
        Assert.Skip(install);
    }

    private static bool Runs(string program, params string[] arguments)
    {
        if (!File.Exists(program))
            return false;
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
