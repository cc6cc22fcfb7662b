using Baichuan.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Baichuan.Client;

/// <summary>The services of one gateway, over one channel.</summary>
internal sealed class Gateway
{
    public Gateway(ChannelBase channel, string? apiKey)
    {
        Channel = channel;
        var calls = channel.CreateCallInvoker();
        if (apiKey is not null)
            calls = calls.Intercept(metadata => WithKey(metadata, apiKey));
        Inference = new Inference.InferenceClient(calls);
        Sessions = new V1.Sessions.SessionsClient(calls);
        Cluster = new V1.Cluster.ClusterClient(calls);
    }

    public ChannelBase Channel { get; }

    public Inference.InferenceClient Inference { get; }

    public V1.Sessions.SessionsClient Sessions { get; }

    public V1.Cluster.ClusterClient Cluster { get; }

    private static Metadata WithKey(Metadata metadata, string apiKey)
    {
        metadata.Add("authorization", $"Bearer {apiKey}");
        return metadata;
    }
}
