using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Model.Execution;
using Baichuan.Testing.Fuzz;
using CsCheck;

namespace Baichuan.Gateway.Tests.Replicas;

public sealed class StreamUpdatesFuzzTests
{
    [Fact]
    public void A_changed_frame_is_read_within_itself_or_refused() =>
        Gen.Select(Gen.Int[0, 3].Array[0, 4], FrameMutations.Changes.List[1, 4]).Sample(
            (streams, changes) => IsReadOrRefused(FrameMutations.Apply(Frame(streams), changes)), iter: 3_000);

    [Fact]
    public void Random_bytes_are_read_within_themselves_or_refused() => Gen.Byte.Array[0, 300].Sample(bytes => IsReadOrRefused(bytes), iter: 3_000);

    private static ReadOnlyMemory<byte> Frame(int[] streams)
    {
        var builder = new StreamUpdatesBuilder();
        for (var stream = 0; stream < streams.Length; stream++)
        {
            builder.Begin((ulong)stream, stream, StreamEnd.None, cachedTokens: 3);
            for (var token = 0; token < streams[stream]; token++)
                builder.AddToken(token, -1, [new TokenLogprob(5, -2), new TokenLogprob(6, -3)]);
        }

        return builder.Build(epoch: 7).Frame;
    }

    private static void IsReadOrRefused(byte[] frame)
    {
        try
        {
            var updates = StreamUpdates.Parse(frame);
            foreach (ref readonly var update in updates.Updates)
            {
                foreach (ref readonly var token in updates.Tokens(update))
                    _ = updates.TopLogprobs(token).ToArray();
                foreach (ref readonly var token in updates.PromptTokens(update))
                    _ = updates.TopLogprobs(token).ToArray();
            }
        }
        catch (FrameException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }
}
