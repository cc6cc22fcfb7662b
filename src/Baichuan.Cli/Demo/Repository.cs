namespace Baichuan.Cli.Demo;

/// <summary>The source tree that this executable was built in.</summary>
/// <param name="Root">The folder with Baichuan.Cluster.sln.</param>
internal sealed record Repository(string Root)
{
    public string ServerProject => Path.Combine(Root, "src", "Baichuan.Server");

    public string ServerExecutable => Path.Combine(ServerProject, "bin", "Release", "net10.0", "baichuan-server");

    /// <param name="start">A folder in the tree.</param>
    /// <exception cref="FailureException">The executable was copied out of its tree.</exception>
    public static Repository Containing(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Baichuan.Cluster.sln")))
                return new Repository(folder.FullName);
        }

        throw new FailureException(
            ExitCode.Failed,
            $"There is no Baichuan.Cluster.sln above {start}: the demo builds the server from source. Run it in a clone of the repository.");
    }
}
