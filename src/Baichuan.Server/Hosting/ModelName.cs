namespace Baichuan.Server.Hosting;

/// <summary>The name of a model that nobody named: that of its folder.</summary>
internal static class ModelName
{
    public static void NameModelByFolder(this IHostApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration["Deployment:Model"]) && builder.Configuration["Deployment:ModelFolder"] is { Length: > 0 } folder)
            builder.Configuration["Deployment:Model"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
    }
}
