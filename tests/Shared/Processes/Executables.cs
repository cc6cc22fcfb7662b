namespace Baichuan.Testing.Processes;

/// <summary>Where this build put the executables that the tests start.</summary>
internal static class Executables
{
    public static string Server { get; } = Find("src", "Baichuan.Server", "baichuan-server");

    public static string Cli { get; } = Find("src", "Baichuan.Cli", "baichuan");

    public static string Chaos { get; } = Find("tests", "Baichuan.Chaos", "Baichuan.Chaos");

    private static string Find(string folder, string project, string name)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory); // .../bin/<configuration>/<framework>/
        return Path.Combine(FindRoot(), folder, project, "bin", output.Parent!.Name, output.Name, name);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Baichuan.Cluster.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests must run from inside the repository.");
    }
}
