using System.Diagnostics;

namespace Baichuan.Kubernetes.Tests;

/// <summary>Programs from outside. Missing: the test is skipped with the line that installs them, and fails where BAICHUAN_REQUIRE_TOOLS is set.</summary>
internal static class Tools
{
    private const string Install = "Some tools are missing; install them by .ci/install-tools";

    public static string Root { get; } = FindRoot();

    public static string Chart => Path.Combine(Root, "helm", "baichuan-cluster");

    public static string Helm => Require(Path.Combine(Root, ".tools", "bin", "helm"));

    public static string Kubectl => Require(Path.Combine(Root, ".tools", "bin", "kubectl"));

    public static string Modules => Require(Path.Combine(Root, ".tools", "node_modules"));

    public static string PromTool => Require("/usr/bin/promtool");

    public static string Prometheus => Require("/usr/bin/prometheus");

    public static string Redis => Require("/usr/bin/redis-server");

    public static string Postgres(string program) => Require(Path.Combine(
        Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Max()! : "/usr/lib/postgresql", "bin", program));

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(string program, IEnumerable<string> arguments, string input = "")
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Root };
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }

    private static string Require(string path)
    {
        if (Path.Exists(path))
            return path;
        if (Environment.GetEnvironmentVariable("BAICHUAN_REQUIRE_TOOLS") is { Length: > 0 })
            Assert.Fail($"{Install} ({path})");
        Assert.Skip($"{Install} ({path})");
        return path;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Baichuan.Cluster.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
