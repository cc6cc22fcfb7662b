using System.Buffers.Binary;
using System.Text;
using Baichuan.Model.Checkpoint;
using Baichuan.Testing.Fuzz;
using CsCheck;

namespace Baichuan.Model.Tests.Checkpoint;

/// <summary>Files with random changes: they open, or they are refused with a sentence, and never cost memory.</summary>
public sealed class CheckpointFuzzTests
{
    // A config may ask for thousands of layers; what must not happen is memory for weights.
    private const int MaxAllocatedBytes = 32 << 20;

    [Fact]
    public void A_changed_weights_file_opens_or_is_refused()
    {
        using var folder = new SmallCheckpoint();
        var valid = SmallCheckpoint.ValidFile();
        var headerEnd = valid.Length - SmallCheckpoint.DataBytes(SmallCheckpoint.Tensors);
        FileChanges.Changes.List[1, 3].Select(Gen.Bool).Sample(
            (changes, keepsLength) =>
            {
                var header = FileChanges.Apply(valid[8..headerEnd], changes);
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
        FileChanges.Changes.List[1, 8].Sample(
            changes =>
            {
                folder.Write(SmallCheckpoint.File, FileChanges.Apply(SmallCheckpoint.ValidFile(), changes));
                OpensOrIsRefused(folder.Folder);
            },
            iter: 1_000, threads: 1);
    }

    [Fact]
    public void A_changed_config_opens_or_is_refused()
    {
        using var folder = new SmallCheckpoint();
        folder.Write(SmallCheckpoint.File, SmallCheckpoint.ValidFile());
        FileChanges.Changes.List[1, 3].Sample(
            changes =>
            {
                folder.Write("config.json", FileChanges.Apply(Encoding.UTF8.GetBytes(SmallCheckpoint.Config), changes));
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
        FileChanges.Changes.List[1, 3].Sample(
            changes =>
            {
                folder.Write(SmallCheckpoint.Index, FileChanges.Apply(valid, changes));
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
}
