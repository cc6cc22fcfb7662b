using System.IO.Compression;
using System.Text.Json;
using Baichuan.Model;
using Baichuan.Model.Text;

namespace Baichuan.Server.Tools;

/// <summary>
/// The token lists of a file that a model is measured on. A plain text is cut into windows as long as the model's context, which know nothing of each other.
/// Lines of {"question": ..., "answer": ...} (.jsonl, or .jsonl.gz) are conversations in the model's chat format, cut off where the context ends.
/// </summary>
internal static class TextLists
{
    /// <param name="most">Most lists to read.</param>
    /// <exception cref="ArgumentException">The file has nothing to predict, or a line is no pair.</exception>
    public static List<int[]> Read(string path, string modelFolder, ModelConfig config, int most)
    {
        var tokenizer = TextTokenizer.Load(modelFolder);
        if (tokenizer.VocabularySize > config.VocabularySize)
            throw new ArgumentException($"The tokenizer of {modelFolder} has {tokenizer.VocabularySize} tokens, its model {config.VocabularySize}: they do not belong together.");
        var lists = path.EndsWith(".jsonl", StringComparison.Ordinal) || path.EndsWith(".jsonl.gz", StringComparison.Ordinal)
            ? Conversations(path, tokenizer, ChatFormat.Load(modelFolder, tokenizer))
            : Windows(path, tokenizer, config.MaxPositions);
        // What is one token long has nothing to predict.
        List<int[]> read = [.. lists.Select(list => list.Length > config.MaxPositions ? list[..config.MaxPositions] : list).Where(list => list.Length > 1).Take(most)];
        return read.Count > 0 ? read : throw new ArgumentException($"{path} has no token to predict; it needs two at least.");
    }

    private static IEnumerable<int[]> Windows(string path, TextTokenizer tokenizer, int length) => tokenizer.Encode(File.ReadAllText(path), parseSpecial: false).Chunk(length);

    private static IEnumerable<int[]> Conversations(string path, TextTokenizer tokenizer, ChatFormat format)
    {
        using var file = File.OpenRead(path);
        using var lines = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        for (var number = 1; lines.ReadLine() is { } line; number++)
        {
            var (question, answer) = Pair(line) ?? throw new ArgumentException($"Line {number} of {path} is not a JSON object with the texts \"question\" and \"answer\".");
            yield return [.. format.Encode([new ChatMessage(ChatRole.User, question)]), .. tokenizer.Encode(answer, parseSpecial: false), tokenizer.EndOfTextId];
        }
    }

    private static (string Question, string Answer)? Pair(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return (json.RootElement.GetProperty("question").GetString()!, json.RootElement.GetProperty("answer").GetString()!);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null; // without the line itself, which may be a patient's
        }
    }
}
