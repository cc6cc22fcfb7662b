using Baichuan.Cli.Demo;

namespace Baichuan.Cli.Tests.Demo;

public sealed class RepositoryTests
{
    [Fact]
    public void The_tree_that_an_executable_was_built_in_is_found() =>
        Assert.True(Directory.Exists(Repository.Containing(AppContext.BaseDirectory).ServerProject));

    [Fact]
    public void An_executable_outside_of_a_tree_says_what_it_needs()
    {
        var failure = Assert.Throws<FailureException>(() => Repository.Containing(Path.GetTempPath()));

        Assert.Contains("Baichuan.Cluster.sln", failure.Message, StringComparison.Ordinal);
    }
}
