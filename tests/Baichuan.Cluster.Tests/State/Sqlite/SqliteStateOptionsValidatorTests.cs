using Baichuan.Cluster.Abstractions.State.Sqlite;

namespace Baichuan.Cluster.Tests.State.Sqlite;

public sealed class SqliteStateOptionsValidatorTests : IDisposable
{
    private readonly StateFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_can_be_created_is_accepted_and_created()
    {
        Assert.Null(Failure(_folder.File));
        Assert.True(File.Exists(_folder.File));
    }

    [Fact]
    public void No_file_is_refused() => Assert.Contains("SqliteStateOptions.File is empty", Failure(" "));

    [Fact]
    public void A_missing_folder_is_refused() =>
        Assert.Contains("no-such-folder' does not exist: create it", Failure(Path.Combine(Path.GetDirectoryName(_folder.File)!, "no-such-folder", "state.db")));

    [Fact]
    public void A_folder_is_refused() => Assert.Contains("which is a folder", Failure(Path.GetDirectoryName(_folder.File)!));

    [Fact]
    public void A_place_where_no_file_can_be_made_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc");

        Assert.Contains("cannot be opened: its folder must exist, and this user must be allowed to write there", Failure("/proc/self/state.db"));
    }

    [Fact]
    public void A_foreign_file_is_refused()
    {
        File.WriteAllText(_folder.File, "a list of departments");

        Assert.Contains("is not a SQLite database", Failure(_folder.File));
    }

    private static string? Failure(string file) =>
        new SqliteStateOptionsValidator().Validate(null, new SqliteStateOptions { File = file }).FailureMessage;
}
