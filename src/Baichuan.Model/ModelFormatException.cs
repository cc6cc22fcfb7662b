namespace Baichuan.Model;

/// <summary>A file of a model folder is not what it must be; the message names the file, what was found and what was expected.</summary>
public sealed class ModelFormatException(string file, string message, Exception? inner = null) : Exception($"{file}: {message}", inner)
{
    public string File { get; } = file;
}
