using System.Text;
using Baichuan.Model.Text;
using Baichuan.Testing.Fuzz;
using CsCheck;

namespace Baichuan.Model.Tests.Text;

/// <summary>Text files of a model with random changes: they are read, or refused with a sentence, and cost no more memory than a small multiple of their length.</summary>
public sealed class TokenizerFuzzTests : IDisposable
{
    private const int MostBytesPerByte = 200;
    private const int MostBytesBeside = 8 << 20; // tables that there are for any vocabulary

    private readonly TokenizerFolder _folder = new();

    public TokenizerFuzzTests()
    {
        // As short as it can be: bytes, special tokens, and a few merges.
        var merges = _folder.Merges.Take(20).Select(merge => merge!.DeepClone()).ToArray();
        _folder.Merges.Clear();
        foreach (var merge in merges)
            _folder.Merges.Add(merge);
        var merged = merges.Select(merge => merge.GetValueKind() == System.Text.Json.JsonValueKind.String ? merge.GetValue<string>().Replace(" ", "", StringComparison.Ordinal) : $"{merge[0]}{merge[1]}").ToHashSet();
        var added = _folder.AddedTokens.Select(token => (string)token!["content"]!).ToHashSet();
        foreach (var name in _folder.Vocabulary.Select(entry => entry.Key).Where(name => name.Length > 1 && !merged.Contains(name) && !added.Contains(name)).ToList())
            _folder.Vocabulary.Remove(name);
        _folder.Save();
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    public void A_changed_file_of_the_tokenizer_is_read_or_refused(string name)
    {
        Assert.NotEmpty(TextTokenizer.Load(_folder.Path).Encode("fever 发烧", parseSpecial: false)); // it is right before
        var valid = File.ReadAllBytes(Path.Combine(_folder.Path, name));
        FileChanges.Changes.List[1, 4].Sample(changes => IsReadOrRefused(name, FileChanges.Apply(valid, changes)), iter: 2_000, threads: 1);
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("generation_config.json")]
    public void Random_bytes_are_refused(string name) =>
        Gen.Byte.Array[0, 400].Sample(bytes => IsReadOrRefused(name, bytes), iter: 1_000, threads: 1);

    [Fact]
    public void Changed_defaults_are_read_or_refused()
    {
        var valid = Encoding.UTF8.GetBytes("""{"bos_token_id":1,"eos_token_id":[2,3],"do_sample":true,"temperature":0.7,"top_k":20,"top_p":0.9,"max_new_tokens":256,"repetition_penalty":1.05}""");
        FileChanges.Changes.List[1, 4].Sample(changes => IsReadOrRefused("generation_config.json", FileChanges.Apply(valid, changes)), iter: 2_000, threads: 1);
    }

    public void Dispose() => _folder.Dispose();

    private void IsReadOrRefused(string name, byte[] bytes)
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, name), bytes);
        var size = new DirectoryInfo(_folder.Path).GetFiles().Sum(file => file.Length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var tokenizer = TextTokenizer.Load(_folder.Path);
            GenerationDefaults.Load(_folder.Path, 4096);
            ChatFormat.Load(_folder.Path, tokenizer);
            tokenizer.Decode(tokenizer.Encode("fever 发烧 38.5", parseSpecial: true), skipSpecial: false);
        }
        catch (ModelFormatException e)
        {
            Assert.InRange(e.Message.Length, 1, 1_000);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytesBeside + (MostBytesPerByte * size));
    }
}
