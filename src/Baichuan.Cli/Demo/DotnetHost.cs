using System.Runtime.InteropServices;

namespace Baichuan.Cli.Demo;

/// <summary>The .NET installation that runs this process: what it starts runs on the same, wherever that lies.</summary>
internal static class DotnetHost
{
    // .../dotnet/shared/Microsoft.NETCore.App/10.0.x/
    public static string Root { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    public static string Executable => Path.Combine(Root, "dotnet");
}
