using Baichuan.Gateway.OperatorConsole;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Baichuan.Gateway.OpenAi;

/// <summary>The port that speaks as OpenAI's API does, over HTTP/1.1, for programs that know that one; with the console, if there is one.</summary>
internal static class OpenAiPort
{
    /// <summary>Lets connections of this listener be known by it, whichever port it has.</summary>
    public static void Mark(ListenOptions listen) => listen.Use(next => connection =>
    {
        connection.Features.Set(new HttpPortMark());
        return next(connection);
    });

    public static void UseOpenAiPort(this IApplicationBuilder app, bool console) => app.MapWhen(context => context.Features.Get<HttpPortMark>() is not null, api =>
    {
        if (console)
            api.MapWhen(context => context.Request.Path.StartsWithSegments(ConsoleFront.Path), page => page.Run(page.ApplicationServices.GetRequiredService<ConsoleFront>().HandleAsync));
        api.Run(api.ApplicationServices.GetRequiredService<OpenAiFront>().HandleAsync);
    });

    private sealed class HttpPortMark;
}
