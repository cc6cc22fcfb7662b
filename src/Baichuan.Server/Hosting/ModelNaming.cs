namespace Baichuan.Server.Hosting;

/// <summary>The model as the sections of the configuration see it: named by its folder if nobody named it, and the same for silo and gateway.</summary>
internal static class ModelNaming
{
    public static void NameModel(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        if (string.IsNullOrEmpty(configuration["Deployment:Model"]) && configuration["Deployment:ModelFolder"] is { Length: > 0 } folder)
            configuration["Deployment:Model"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        configuration["Gateway:ModelFolder"] = configuration["Deployment:ModelFolder"];
        configuration["Gateway:Model"] = configuration["Deployment:Model"];
    }
}
