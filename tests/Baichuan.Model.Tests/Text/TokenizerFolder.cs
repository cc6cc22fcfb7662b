using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Baichuan.Model.Text;

namespace Baichuan.Model.Tests.Text;

/// <summary>A copy of the demo checkpoint's tokenizer in a folder of its own, to be changed.</summary>
internal sealed class TokenizerFolder : IDisposable
{
    private static readonly JsonSerializerOptions _asWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Path { get; } = Directory.CreateTempSubdirectory("baichuan-tokenizer-").FullName;

    public JsonObject Tokenizer { get; } = Parse("tokenizer.json");

    public JsonObject Config { get; } = Parse("tokenizer_config.json");

    public JsonObject Model => (JsonObject)Tokenizer["model"]!;

    public JsonObject Vocabulary => (JsonObject)Model["vocab"]!;

    public JsonArray Merges => (JsonArray)Model["merges"]!;

    public JsonArray AddedTokens => (JsonArray)Tokenizer["added_tokens"]!;

    public TextTokenizer Load()
    {
        Save();
        return TextTokenizer.Load(Path);
    }

    public void Save()
    {
        Write("tokenizer.json", Tokenizer.ToJsonString(_asWritten));
        Write("tokenizer_config.json", Config.ToJsonString(_asWritten));
    }

    public void Write(string name, string text) => File.WriteAllText(System.IO.Path.Combine(Path, name), text);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static JsonObject Parse(string name) => (JsonObject)JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(TestData.DemoFolder, name)))!;
}
