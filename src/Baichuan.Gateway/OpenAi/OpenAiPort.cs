using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Baichuan.Gateway.OpenAi;

/// <summary>The port that speaks as OpenAI's API does, over HTTP/1.1, for programs that know that one.</summary>
internal static class OpenAiPort
{
    public static void UseOpenAiPort(this IApplicationBuilder app, int port) =>
        app.MapWhen(context => context.Connection.LocalPort == port, api => api.Run(api.ApplicationServices.GetRequiredService<OpenAiFront>().HandleAsync));
}
