using System.Diagnostics;
using System.Security.Cryptography;
using Baichuan.Model.Checkpoint;
using CsCheck;

namespace Baichuan.Model.Tests.Checkpoint;

public sealed class CheckpointManifestTests : IDisposable
{
    private readonly SmallCheckpoint _folder = new();

    public CheckpointManifestTests() => _folder.Write(SmallCheckpoint.File, SmallCheckpoint.ValidFile());

    [Fact]
    public void A_folder_without_a_manifest_is_taken_as_it_is()
    {
        using var checkpoint = ModelCheckpoint.Open(_folder.Folder);
        Assert.False(checkpoint.Check(default));
    }

    [Fact]
    public void A_folder_is_what_its_manifest_states_and_sha256sum_says_so_too()
    {
        _folder.Write(".hidden", [1]);
        Assert.Equal(["config.json", SmallCheckpoint.File], CheckpointManifest.Write(_folder.Folder, default));
        Assert.Equal(["config.json", SmallCheckpoint.File], CheckpointManifest.Write(_folder.Folder, default)); // itself not among them

        using var checkpoint = ModelCheckpoint.Open(_folder.Folder);
        Assert.True(checkpoint.Check(default));
        if (!OperatingSystem.IsLinux())
            return;
        using var tool = Process.Start(new ProcessStartInfo("sha256sum", ["--check", "--strict", "--quiet", CheckpointManifest.FileName]) { WorkingDirectory = _folder.Folder });
        tool!.WaitForExit();
        Assert.Equal(0, tool.ExitCode);
    }

    [Fact]
    public void A_flipped_bit_anywhere_in_the_weights_is_found()
    {
        CheckpointManifest.Write(_folder.Folder, default);
        var valid = SmallCheckpoint.ValidFile();
        Gen.Int[0, valid.Length - 1].Select(Gen.Int[0, 7]).Sample(
            (at, bit) =>
            {
                var flipped = valid.ToArray();
                flipped[at] ^= (byte)(1 << bit);
                _folder.Write(SmallCheckpoint.File, flipped);
                var e = Assert.Throws<ModelFormatException>(() => CheckpointManifest.Check(_folder.Folder, ["config.json", SmallCheckpoint.File], default));
                Assert.StartsWith(Path.Combine(_folder.Folder, SmallCheckpoint.File), e.Message, StringComparison.Ordinal);
                Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(flipped)), e.Message, StringComparison.Ordinal);
                Assert.Contains($"expected {Convert.ToHexStringLower(SHA256.HashData(valid))}. Copy it again", e.Message, StringComparison.Ordinal);
            },
            iter: 300, threads: 1);
    }

    [Fact]
    public void A_file_that_is_read_but_not_stated_is_refused()
    {
        CheckpointManifest.Write(_folder.Folder, default);
        _folder.Write("tokenizer.json", [1]);
        var e = Assert.Throws<ModelFormatException>(() => CheckpointManifest.Check(_folder.Folder, ["tokenizer.json"], default));
        Assert.Contains("is not in SHA256SUMS", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_stated_but_gone_is_refused_and_one_that_is_neither_is_left_out()
    {
        CheckpointManifest.Write(_folder.Folder, default);
        File.Delete(Path.Combine(_folder.Folder, SmallCheckpoint.File));
        var e = Assert.Throws<ModelFormatException>(() => CheckpointManifest.Check(_folder.Folder, [SmallCheckpoint.File], default));
        Assert.Contains("cannot be read", e.Message, StringComparison.Ordinal);
        Assert.True(CheckpointManifest.Check(_folder.Folder, ["generation_config.json"], default));
    }

    [Theory]
    [InlineData("deadbeef  config.json\n")]
    [InlineData("\n")]
    [InlineData("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz  config.json\n")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000 config.json\n")]
    public void A_manifest_with_another_line_is_refused_by_its_number(string text)
    {
        File.WriteAllText(Path.Combine(_folder.Folder, CheckpointManifest.FileName), text);
        var e = Assert.Throws<ModelFormatException>(() => CheckpointManifest.Check(_folder.Folder, ["config.json"], default));
        Assert.Contains("line 1 is not", e.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
