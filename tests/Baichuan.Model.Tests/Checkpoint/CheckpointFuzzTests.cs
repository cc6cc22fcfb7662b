using System.Buffers.Binary;
using System.Text;
using Baichuan.Model.Checkpoint;
using CsCheck;

namespace Baichuan.Model.Tests.Checkpoint;

/// <summary>Files with random changes: they open, or they are refused with a sentence, and never cost memory.</summary>
public sealed class CheckpointFuzzTests
{
    // A config may ask for thousands of layers; what must not happen is memory for weights.
    private const int MaxAllocatedBytes = 32 << 20;

    // Pieces that a JSON reader may stumble over.
    private static readonly string[] s_pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\ud800", "\\u0000", "\u00ff", " ",
        "0", "-1", "1e999", "9223372036854775807", "99999999999999999999", "null", "true", "F16", "data_offsets",
    ];

    private static readonly Gen<(int Kind, double Where, int Length, string Piece)> s_change = Gen.Select(
        Gen.Int[0, 4],
        Gen.Double[0, 1],
        Gen.Int[1, 40],
        Gen.Int[0, s_pieces.Length - 1].Select(i => s_pieces[i]));

    [Fact]
    public void A_changed_weights_file_opens_or_is_refused()
    {
        using var folder = new SmallCheckpoint();
        var valid = SmallCheckpoint.ValidFile();
        var headerEnd = valid.Length - SmallCheckpoint.DataBytes(SmallCheckpoint.Tensors);
        s_change.List[1, 3].Select(Gen.Bool).Sample(
            (changes, keepsLength) =>
            {
                var header = Change(valid[8..headerEnd], changes);
                byte[] file = [.. valid[..8], .. header, .. valid[headerEnd..]];
                if (keepsLength)
                    BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)header.Length);
                folder.Write(SmallCheckpoint.File, file);
                OpensOrIsRefused(folder.Folder);
            },
            iter: 2_000, threads: 1);
    }

    [Fact]
    public void A_weights_file_with_random_bytes_anywhere_opens_or_is_refused()
    {
        using var folder = new SmallCheckpoint();
        s_change.List[1, 8].Sample(
            changes =>
            {
                folder.Write(SmallCheckpoint.File, Change(SmallCheckpoint.ValidFile(), changes));
                OpensOrIsRefused(folder.Folder);
            },
            iter: 1_000, threads: 1);
    }

    [Fact]
    public void A_changed_config_opens_or_is_refused()
    {
        using var folder = new SmallCheckpoint();
        folder.Write(SmallCheckpoint.File, SmallCheckpoint.ValidFile());
        s_change.List[1, 3].Sample(
            changes =>
            {
                folder.Write("config.json", Change(Encoding.UTF8.GetBytes(SmallCheckpoint.Config), changes));
                OpensOrIsRefused(folder.Folder);
            },
            iter: 2_000, threads: 1);
    }

    [Fact]
    public void A_changed_index_opens_or_is_refused()
    {
        using var folder = new SmallCheckpoint();
        folder.WriteTwoFiles(SmallCheckpoint.ValidIndex());
        var valid = Encoding.UTF8.GetBytes(SmallCheckpoint.ValidIndex().ToJsonString());
        s_change.List[1, 3].Sample(
            changes =>
            {
                folder.Write(SmallCheckpoint.Index, Change(valid, changes));
                OpensOrIsRefused(folder.Folder);
            },
            iter: 2_000, threads: 1);
    }

    private static void OpensOrIsRefused(string folder)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var checkpoint = ModelCheckpoint.Open(folder);
            foreach (var tensor in SmallCheckpoint.Tensors)
                checkpoint.ReadRows(tensor, 0, tensor.RowCount, new float[tensor.ElementCount]);
        }
        catch (ModelFormatException e)
        {
            Assert.InRange(e.Message.Length, 1, 1_000);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocatedBytes);
    }

    private static byte[] Change(byte[] bytes, List<(int Kind, double Where, int Length, string Piece)> changes)
    {
        foreach (var (kind, where, length, piece) in changes)
        {
            var at = (int)(where * bytes.Length);
            var end = Math.Min(bytes.Length, at + length);
            bytes = kind switch
            {
                0 => [.. bytes[..at], .. Encoding.Latin1.GetBytes(piece), .. bytes[at..]],
                1 => [.. bytes[..at], .. Encoding.Latin1.GetBytes(piece), .. bytes[end..]],
                2 => [.. bytes[..at], .. bytes[end..]],
                3 => [.. bytes[..end], .. bytes[at..]],
                _ => [.. bytes[..at], .. bytes[at..end].Select(b => (byte)(b ^ length)), .. bytes[end..]],
            };
        }

        return bytes;
    }
}
