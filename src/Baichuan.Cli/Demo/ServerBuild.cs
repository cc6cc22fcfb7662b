using System.Diagnostics;

namespace Baichuan.Cli.Demo;

/// <summary>Builds baichuan-server in Release, up to date or not at all.</summary>
internal static class ServerBuild
{
    /// <exception cref="FailureException">The build failed; the sentence has its output.</exception>
    public static async Task RunAsync(Repository repository, CancellationToken cancellationToken)
    {
        // No build servers: they would outlive the demo.
        string[] arguments = ["build", repository.ServerProject, "--configuration", "Release", "--verbosity", "quiet", "--nologo", "--disable-build-servers"];
        using var build = Process.Start(new ProcessStartInfo(DotnetHost.Executable, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = build.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = build.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await build.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            build.Kill(entireProcessTree: true);
            throw;
        }

        if (build.ExitCode != 0)
            throw new FailureException(ExitCode.Failed, $"{await output}{await errors}\nThe server does not build: dotnet {string.Join(' ', arguments)}");
    }
}
