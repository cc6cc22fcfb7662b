using Microsoft.Extensions.Options;

namespace Baichuan.Cluster.Abstractions.State.Sqlite;

/// <summary>Opens the file for real at start, so that a wrong path, a foreign file or a missing permission ends the process with a sentence.</summary>
internal sealed class SqliteStateOptionsValidator : IValidateOptions<SqliteStateOptions>
{
    public ValidateOptionsResult Validate(string? name, SqliteStateOptions options)
    {
        const string setting = $"{nameof(SqliteStateOptions)}.{nameof(SqliteStateOptions.File)}";
        if (string.IsNullOrWhiteSpace(options.File))
            return ValidateOptionsResult.Fail($"{setting} is empty: name the file that holds the cluster's state.");

        var path = Path.GetFullPath(options.File);
        if (Directory.Exists(path))
            return ValidateOptionsResult.Fail($"{setting} is '{path}', which is a folder: name a file in it.");
        var folder = Path.GetDirectoryName(path);
        if (!Directory.Exists(folder))
            return ValidateOptionsResult.Fail($"{setting} is '{path}', but the folder '{folder}' does not exist: create it, or name a file elsewhere.");

        try
        {
            new SqliteStateFile(path).Prepare();
            return ValidateOptionsResult.Success;
        }
        catch (IOException refusal)
        {
            return ValidateOptionsResult.Fail($"{setting}: {refusal.Message}");
        }
    }
}
