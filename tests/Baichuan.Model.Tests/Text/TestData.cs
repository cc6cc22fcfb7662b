using System.Text.Json;
using Baichuan.Model.Text;

namespace Baichuan.Model.Tests.Text;

internal static class TestData
{
    public static readonly string DemoFolder = Path("demo");

    /// <summary>The demo checkpoint's tokenizer, which is also that of the golden cases.</summary>
    public static readonly TextTokenizer Demo = TextTokenizer.Load(DemoFolder);

    public static JsonElement Json(string name) => JsonDocument.Parse(File.ReadAllBytes(Path(name))).RootElement;

    public static int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(id => id.GetInt32())];

    private static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "data", name);
}
