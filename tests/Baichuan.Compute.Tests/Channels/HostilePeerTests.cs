using System.Buffers.Binary;
using System.Net;
using Baichuan.Compute.Channels;
using CsCheck;

namespace Baichuan.Compute.Tests.Channels;

public sealed class HostilePeerTests
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    private static readonly FrameTag Expected = new(FrameKind.Exchange, Epoch: 5, Step: 9, Operation: 1, Values: 50);

    [Fact]
    public async Task A_peer_whose_process_dies_is_named_at_once_also_while_no_operation_runs()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0);
        var (peer, ofShard1) = await FakePeer.TieAsync(listener, FakePeer.Order(listener, Never));

        peer.Dispose();

        var failure = await ofShard1.Broken;
        Assert.Equal("Stage 0 rank 0 at 127.0.0.1:1", failure.Peer);
        Assert.Contains("was lost", failure.Message);
    }

    [Fact]
    public async Task A_peer_that_closes_its_data_line_in_the_middle_of_a_frame_is_lost()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0);
        var (peer, ofShard1) = await FakePeer.TieAsync(listener, FakePeer.Order(listener, Never));

        peer.Data.Send(Header(Expected));
        peer.Data.Send(new byte[100]);
        peer.Data.Dispose();

        Assert.Contains("Stage 0 rank 0 at 127.0.0.1:1 was lost", AllReduce(ofShard1).Message);
        peer.Dispose();
    }

    [Fact]
    public async Task A_peer_that_says_who_is_to_blame_is_believed()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0);
        var (peer, ofShard1) = await FakePeer.TieAsync(listener, FakePeer.Order(listener, Never));

        peer.Watch.Send([(byte)FaultKind.Silent, 0, 0, 0, 1, 0, 0, 0]);

        var failure = await ofShard1.Broken;
        Assert.StartsWith("Stage 0 rank 1 at", failure.Peer);
        Assert.Contains("was silent for longer than a step may take, says Stage 0 rank 0", failure.Message);
        peer.Dispose();
    }

    [Fact]
    public async Task A_farewell_that_makes_no_sense_is_a_lost_peer()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0);
        var (peer, ofShard1) = await FakePeer.TieAsync(listener, FakePeer.Order(listener, Never));

        peer.Watch.Send([(byte)FaultKind.Silent, 0, 0, 0, 2, 0, 0, 0]);

        Assert.Contains("Stage 0 rank 0 at 127.0.0.1:1 was lost", (await ofShard1.Broken).Message);
        peer.Dispose();
    }

    [Fact]
    public async Task A_frame_of_another_step_is_out_of_step_and_both_are_named()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0);
        var (peer, ofShard1) = await FakePeer.TieAsync(listener, FakePeer.Order(listener, Never));

        peer.Data.Send(Header(Expected with { Step = 8 }));

        var failure = AllReduce(ofShard1);
        Assert.Contains("out of step", failure.Message);
        Assert.Contains("exchange 1 of step 8 in epoch 5 with 50 values", failure.Message);
        Assert.Contains("exchange 1 of step 9 in epoch 5 with 50 values", failure.Message);
        peer.Dispose();
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    [InlineData(-4)]
    [InlineData(201)]
    [InlineData(204)]
    [InlineData((1 << 30) + 4)]
    public async Task A_header_with_a_lying_length_is_refused_before_a_byte_is_taken(int payloadBytes)
    {
        using var listener = new DataListener(IPAddress.Loopback, 0);
        var (peer, ofShard1) = await FakePeer.TieAsync(listener, FakePeer.Order(listener, Never));
        var header = Header(Expected);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(28), payloadBytes);

        peer.Data.Send(header);

        Assert.Contains("out of step", AllReduce(ofShard1).Message);
        peer.Dispose();
    }

    [Fact]
    public async Task Any_byte_of_a_header_that_is_wrong_is_noticed()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0);
        for (var position = 0; position < FrameHeader.Size; position++)
        {
            var (peer, ofShard1) = await FakePeer.TieAsync(listener, FakePeer.Order(listener, Never));
            var header = Header(Expected);
            header[position] ^= 0x40;

            peer.Data.Send(header);

            Assert.Contains("out of step", AllReduce(ofShard1).Message);
            peer.Dispose();
        }
    }

    [Fact]
    public void Any_bytes_in_place_of_a_frame_are_noticed_at_no_cost_in_memory()
    {
        using var listener = new DataListener(IPAddress.Loopback, 0);
        var right = Header(Expected);
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, right.Length], Gen.Bool).Sample(
            (bytes, kept, leaves) =>
            {
                // The beginning of a right header, then anything; and the peer leaves, or stays and says no more.
                byte[] sent = [.. right[..kept], .. bytes];
                if (sent.AsSpan().StartsWith(right) || (!leaves && sent.Length < right.Length))
                    return;
                var (peer, ofShard1) = FakePeer.TieAsync(listener, FakePeer.Order(listener, Never)).GetAwaiter().GetResult();
                peer.Data.Send(sent);
                if (leaves)
                    peer.Dispose();

                var before = GC.GetAllocatedBytesForCurrentThread();
                Assert.Matches("out of step|was lost", AllReduce(ofShard1).Message);
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
                peer.Dispose();
                ofShard1.Dispose();
            },
            iter: 150, threads: 1);
    }

    private static byte[] Header(in FrameTag tag)
    {
        var header = new byte[FrameHeader.Size];
        FrameHeader.Write(header, tag);
        return header;
    }

    private static PeerException AllReduce(ShardPeers peers) => Assert.Throws<PeerException>(() =>
    {
        peers.BeginStep(Expected.Epoch, Expected.Step);
        peers.AllReduce(new float[Expected.Values]);
    });
}
