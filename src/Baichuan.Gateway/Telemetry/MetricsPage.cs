using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Prometheus;

namespace Baichuan.Gateway.Telemetry;

/// <summary>/metrics of gateways and silos: the registry's text, then the same values under the names of <see cref="MetricAlias"/>.</summary>
public static class MetricsPage
{
    public static IApplicationBuilder UseMetricsPage(this IApplicationBuilder app, CollectorRegistry registry, string model) =>
        app.Map("/metrics", page => page.Run(context => WriteAsync(context, registry, model)));

    private static async Task WriteAsync(HttpContext context, CollectorRegistry registry, string model)
    {
        using var ours = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(ours, context.RequestAborted);
        var page = Encoding.UTF8.GetString(ours.GetBuffer(), 0, (int)ours.Length);
        context.Response.ContentType = PrometheusConstants.TextContentTypeWithVersionAndEncoding;
        await context.Response.WriteAsync(page + VllmAliases.Of(page, model), context.RequestAborted);
    }
}
