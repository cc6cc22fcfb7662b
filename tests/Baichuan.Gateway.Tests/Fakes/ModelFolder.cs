using System.Text.Json.Nodes;

namespace Baichuan.Gateway.Tests.Fakes;

/// <summary>A copy of the demo model's text side, to be changed; deleted with this object.</summary>
internal sealed class ModelFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("baichuan-model-").FullName;

    public ModelFolder()
    {
        foreach (var file in Directory.GetFiles(TestModel.Folder))
            File.Copy(file, Path.Combine(_path, Path.GetFileName(file)));
    }

    /// <summary>Sets a field of one of its JSON files.</summary>
    public void Set(string file, string field, JsonNode value)
    {
        var path = Path.Combine(_path, file);
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json[field] = value;
        File.WriteAllText(path, json.ToJsonString());
    }

    public ServedModel Load()
    {
        var options = TestModel.Options();
        options.ModelFolder = _path;
        return ServedModel.Load(options);
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
