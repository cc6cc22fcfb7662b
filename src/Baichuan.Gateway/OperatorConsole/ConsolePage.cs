using Microsoft.AspNetCore.Http;

namespace Baichuan.Gateway.OperatorConsole;

/// <summary>The page's files, which lie in the assembly: nothing is fetched from anywhere else.</summary>
internal sealed class ConsolePage
{
    private static readonly Dictionary<string, (string Type, byte[] Bytes)> _files = new()
    {
        ["/"] = ("text/html; charset=utf-8", Read("index.html")),
        ["/icon.svg"] = ("image/svg+xml", Read("icon.svg")),
        ["/console.css"] = ("text/css; charset=utf-8", Read("console.css")),
        ["/console.js"] = ("text/javascript; charset=utf-8", Read("console.js")),
    };

    /// <returns>Null: there is no such file.</returns>
    public static Task? Write(HttpResponse response, string path)
    {
        if (!_files.TryGetValue(path, out var file))
            return null;
        response.ContentType = file.Type;
        response.ContentLength = file.Bytes.Length;
        return response.Body.WriteAsync(file.Bytes).AsTask();
    }

    private static byte[] Read(string name)
    {
        using var resource = typeof(ConsolePage).Assembly.GetManifestResourceStream($"console/{name}")!;
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return bytes.ToArray();
    }
}
