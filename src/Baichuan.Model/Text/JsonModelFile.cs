using System.Text.Json;

namespace Baichuan.Model.Text;

/// <summary>Opens a JSON file of a model folder; whatever is wrong with it becomes a sentence.</summary>
internal static class JsonModelFile
{
    private static readonly JsonDocumentOptions _options = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>Parses the file and hands its object to <paramref name="read"/>; the object is gone when this returns.</summary>
    /// <exception cref="ModelFormatException">
    /// The file is missing, unreadable, larger than <paramref name="mostBytes"/>, not JSON, or refused by <paramref name="read"/>.
    /// </exception>
    public static T Read<T>(string file, long mostBytes, Func<ConfigFields, T> read)
    {
        try
        {
            using var stream = File.OpenRead(file);
            if (stream.Length > mostBytes)
                throw new ModelFormatException(file, $"has {stream.Length} bytes; at most {mostBytes} are read");
            using var document = JsonDocument.Parse(stream, _options);
            return read(new ConfigFields(document.RootElement, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(file, "cannot be read; name the folder of a Hugging Face checkpoint, with tokenizer.json beside config.json", e);
        }
        catch (JsonException e)
        {
            throw new ModelFormatException(file, $"is not valid JSON, or is cut off, or names a field twice ({JsonPosition.Of(e)})", e);
        }
        catch (InvalidOperationException e)
        {
            // Kinds are checked before every read, so this is what remains: an escape such as "\ud800" with no other half.
            throw new ModelFormatException(file, "holds text that is not Unicode: half a surrogate pair", e);
        }
    }
}
