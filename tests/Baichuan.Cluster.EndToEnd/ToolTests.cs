using System.Text.Json;
using Baichuan.Testing;

namespace Baichuan.Cluster.EndToEnd;

/// <summary>The verbs of `baichuan-server` that are not servers.</summary>
public sealed class ToolTests
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(60);

    private static string Data(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "data", .. parts]);

    private static string Demo { get; } = Path.Combine(Path.GetDirectoryName(Executables.Server)!, "Models", "demo");

    [Theory]
    [InlineData("cpu", 1, 1)]
    [InlineData("cpu", 2, 2)]
    [InlineData("torch", 2, 2)]
    public async Task Score_writes_the_logits_of_every_position(string executor, int tensorParallel, int pipelineParallel)
    {
        var golden = GoldenCases.Load("tiny")[1];
        var file = Path.GetTempFileName();
        await using var score = new ChildProcess(Executables.Server,
        [
            "score", "--model", Data("golden", "tiny"), "--tokens", string.Join(',', golden.Prompt), "--executor", executor,
            "--tensor-parallel", $"{tensorParallel}", "--pipeline-parallel", $"{pipelineParallel}", "--output", file,
        ]);
        Assert.True(await score.ExitAsync(Most) == 0, score.Log);

        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(file));
        File.Delete(file);
        var logits = json.RootElement.GetProperty("logits").EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetSingle()).ToArray()).ToArray();
        Assert.Equal(golden.Prompt.Length, logits.Length);
        for (var position = 0; position < logits.Length; position++)
            Assert.True(golden.Logits[position].Zip(logits[position], (expected, actual) => Math.Abs(expected - actual)).Max() <= 2e-4, $"Position {position} is off.");
    }

    [Fact]
    public async Task Score_refuses_a_token_outside_the_vocabulary_with_a_sentence()
    {
        await using var score = new ChildProcess(Executables.Server, ["score", "--model", Data("golden", "tiny"), "--tokens", "5,256", "--output", Path.GetTempFileName()]);

        Assert.Equal(2, await score.ExitAsync(Most));
        Assert.Contains("0 to 255", score.Log);
    }

    [Fact]
    public async Task A_made_model_is_the_same_for_the_same_seed_and_can_be_scored()
    {
        var folder = Directory.CreateTempSubdirectory("baichuan-made-").FullName;
        foreach (var name in (string[])["one", "two"])
        {
            await using var make = new ChildProcess(Executables.Server,
                ["make-model", "--config", Data("golden", "tiny", "config.json"), "--seed", "3", "--dtype", "bf16", "--output", Path.Combine(folder, name)]);
            Assert.True(await make.ExitAsync(Most) == 0, make.Log);
        }

        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder, "one", "model.safetensors")), await File.ReadAllBytesAsync(Path.Combine(folder, "two", "model.safetensors")));
        await using var score = new ChildProcess(Executables.Server, ["score", "--model", Path.Combine(folder, "one"), "--tokens", "5,6,7", "--output", Path.Combine(folder, "logits.json")]);
        Assert.True(await score.ExitAsync(Most) == 0, score.Log);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_flipped_byte_in_a_copy_of_the_weights_keeps_a_silo_from_serving_and_is_named()
    {
        var folder = Directory.CreateTempSubdirectory("baichuan-copy-").FullName;
        foreach (var file in Directory.GetFiles(Demo))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        await using var manifest = new ChildProcess(Executables.Server, ["manifest", "--model", folder]);
        Assert.True(await manifest.ExitAsync(Most) == 0, manifest.Log);
        var weights = Path.Combine(folder, "model.safetensors");
        await using (var file = File.OpenWrite(weights))
        {
            file.Position = file.Length / 2; // in the middle of a tensor, where nothing else would notice
            file.WriteByte(0x55);
            file.WriteByte(0xaa);
        }

        await using var silo = new ChildProcess(Executables.Server, ["silo", "--model", folder, "--state-file", Path.Combine(folder, "cluster.db"), "--silo-metrics-port", $"{Ports.Free()}"]);

        Assert.True(await silo.ExitAsync(Most) == 2, silo.Log);
        Assert.Contains($"{weights}: is not the file that SHA256SUMS states", silo.Log, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Bench_memory_says_what_each_number_of_threads_reads()
    {
        using var json = await RunAsync("bench-memory", "--threads", "1,2");

        Assert.Equal([1, 1, 2, 2], json.RootElement.EnumerateArray().Select(row => row.GetProperty("threads").GetInt32()));
        Assert.All(json.RootElement.EnumerateArray(), row => Assert.True(row.GetProperty("gigabytes_per_second").GetProperty("median").GetDouble() > 0.1));
    }

    [Theory]
    [InlineData("f32", 1, 1, 4)]
    [InlineData("bf16", 2, 2, 2)]
    public async Task Bench_model_counts_every_matrix_but_the_embedding_and_only_frames_are_allocated(string weights, int tensorParallel, int pipelineParallel, int bytes)
    {
        using var json = await RunAsync(
            "bench-model", "--model", Data("golden", "tiny"), "--prompt", "20", "--generate", "100", "--batch", "1,3", "--repeats", "2", "--threads", "1",
            "--weights", weights, "--tensor-parallel", $"{tensorParallel}", "--pipeline-parallel", $"{pipelineParallel}");

        // Hidden 64, FFN 160, 4 layers of W_pack (64 + 2 x 32 rows), o_proj and three FFN matrices; the head's 256 rows with a factor each.
        const int layers = 4 * ((128 * 64) + (64 * 64) + (3 * 160 * 64));
        const int vectors = (4 * ((2 * 64) + (2 * 2 * 3)) + 64) * sizeof(float);
        var rows = json.RootElement.EnumerateArray().ToArray();
        Assert.Equal([1, 3], rows.Select(row => row.GetProperty("batch").GetInt32()));
        foreach (var row in rows)
        {
            Assert.Equal(weights, row.GetProperty("weights").GetString());
            Assert.Equal(((layers + (256 * 64)) * bytes) + (256 * sizeof(float)) + (tensorParallel * vectors), row.GetProperty("step_bytes").GetDouble(), tolerance: 400);
            Assert.True(row.GetProperty("prefill_tokens_per_second").GetDouble() > 1);
            Assert.True(row.GetProperty("decode_tokens_per_second").GetDouble() > 1);
            Assert.InRange(row.GetProperty("share_of_bandwidth").GetDouble(), 1e-9, 2);
            Assert.InRange(row.GetProperty("share_of_arithmetic").GetDouble(), 1e-9, 2);
            Assert.InRange(row.GetProperty("allocated_bytes_per_step").GetDouble(), 1, 1000);
        }
    }

    [Fact]
    public async Task Bench_model_refuses_sequences_longer_than_the_context()
    {
        await using var bench = new ChildProcess(Executables.Server, ["bench-model", "--model", Data("golden", "tiny"), "--prompt", "500", "--generate", "12"]);

        Assert.Equal(2, await bench.ExitAsync(Most));
        Assert.Contains("513 tokens; the model's context has 512", bench.Log);
    }

    [Fact]
    public async Task Perplexity_is_what_its_definition_says()
    {
        // Conversations whose answers are empty: the golden file's prompts, and the token that ends an answer.
        const int endOfText = 2;
        using var golden = JsonDocument.Parse(await File.ReadAllBytesAsync(Data("demo", "golden.json")));
        var cases = golden.RootElement.GetProperty("cases").EnumerateArray().Take(3).ToArray();
        var text = Path.GetTempFileName() + ".jsonl";
        await File.WriteAllLinesAsync(text, cases.Select(c => JsonSerializer.Serialize(new { question = c.GetProperty("question").GetString(), answer = "" })));
        using var measured = await RunAsync("perplexity", "--model", Demo, "--text", text, "--weights", "f32,bf16");
        File.Delete(text);

        var (sum, count) = (0.0, 0);
        foreach (var golds in cases)
        {
            int[] tokens = [.. golds.GetProperty("prompt").EnumerateArray().Select(token => token.GetInt32()), endOfText];
            var logits = await ScoreAsync(tokens);
            for (var i = 1; i < tokens.Length; i++, count++)
                sum -= Math.Log(Math.Exp(logits[i - 1][tokens[i]]) / logits[i - 1].Sum(Math.Exp));
        }

        var rows = measured.RootElement.EnumerateArray().ToArray();
        Assert.Equal(["f32", "bf16"], rows.Select(row => row.GetProperty("weights").GetString()));
        Assert.Equal(count, rows[0].GetProperty("tokens").GetInt32());
        Assert.Equal(Math.Exp(sum / count), rows[0].GetProperty("perplexity").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task Perplexity_cuts_a_plain_text_into_windows_of_the_context()
    {
        var text = Path.GetTempFileName();
        await File.WriteAllTextAsync(text, string.Concat(Enumerable.Repeat("fever and cough, ", 2000)));
        using var measured = await RunAsync("perplexity", "--model", Demo, "--text", text, "--limit", "1");
        File.Delete(text);

        Assert.Equal(2047, measured.RootElement[0].GetProperty("tokens").GetInt32());
    }

    [Fact]
    public async Task Perplexity_refuses_a_line_that_is_no_pair_without_repeating_it()
    {
        var text = Path.GetTempFileName() + ".jsonl";
        await File.WriteAllTextAsync(text, """{"question": "a secret"}""");
        await using var perplexity = new ChildProcess(Executables.Server, ["perplexity", "--model", Demo, "--text", text]);

        Assert.Equal(2, await perplexity.ExitAsync(Most));
        Assert.Contains("Line 1", perplexity.Log);
        Assert.DoesNotContain("secret", perplexity.Log);
        File.Delete(text);
    }

    [Fact]
    public async Task Plan_prints_the_cut_of_the_published_model()
    {
        await using var plan = new ChildProcess(Executables.Server, ["plan", "--model", Data("configs", "baichuan-m1-14b"), "--tensor-parallel", "4", "--pipeline-parallel", "2"]);

        Assert.True(await plan.ExitAsync(Most) == 0, plan.Log);
        Assert.Contains("1.875", plan.Output);
    }

    [Fact]
    public async Task Plan_refuses_an_impossible_cut_with_a_reason()
    {
        await using var plan = new ChildProcess(Executables.Server, ["plan", "--model", Data("configs", "baichuan-m1-14b"), "--tensor-parallel", "21"]);

        Assert.Equal(2, await plan.ExitAsync(Most));
        Assert.Contains("must be from 1 to 20", plan.Log);
    }

    /// <summary>What a tool writes for <c>--json</c>.</summary>
    private static async Task<JsonDocument> RunAsync(params string[] arguments)
    {
        var file = Path.GetTempFileName();
        await using var tool = new ChildProcess(Executables.Server, [.. arguments, "--json", file]);
        Assert.True(await tool.ExitAsync(Most) == 0, tool.Log);
        var json = JsonDocument.Parse(await File.ReadAllBytesAsync(file));
        File.Delete(file);
        return json;
    }

    private static async Task<double[][]> ScoreAsync(int[] tokens)
    {
        var file = Path.GetTempFileName();
        await using var score = new ChildProcess(Executables.Server, ["score", "--model", Demo, "--tokens", string.Join(',', tokens), "--output", file]);
        Assert.True(await score.ExitAsync(Most) == 0, score.Log);
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(file));
        File.Delete(file);
        return [.. json.RootElement.GetProperty("logits").EnumerateArray().Select(row => row.EnumerateArray().Select(logit => (double)logit.GetSingle()).ToArray())];
    }
}
