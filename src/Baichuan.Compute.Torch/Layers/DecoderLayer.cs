namespace Baichuan.Compute.Torch.Layers;

/// <summary>A decoder layer: x += Attention(x), then x += FeedForward(x), each summed over ranks.</summary>
internal sealed record DecoderLayer(Attention Attention, FeedForward FeedForward);
