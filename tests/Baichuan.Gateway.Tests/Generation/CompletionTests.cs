using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Gateway.Generation;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Tenants;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.V1;

namespace Baichuan.Gateway.Tests.Generation;

public sealed class CompletionTests
{
    [Fact]
    public void A_stop_token_ends_the_text_before_it_and_is_neither_sent_nor_counted()
    {
        var completion = Run(new SamplingOptions { MaxTokens = 50 }, [.. Encode("Drink water."), TestModel.EndOfText, 300]);
        Assert.Equal("Drink water.", completion.Text);
        Assert.Equal((FinishReason.Stop, Encode("Drink water.").Length), (completion.Reason, completion.Sent));
    }

    [Fact]
    public void A_stop_string_ends_the_text_before_it_even_inside_a_token()
    {
        var tokens = Encode("Take one tablet daily. STOP and more");
        var completion = Run(new SamplingOptions { MaxTokens = 50, Stop = { "let dai" } }, tokens);
        Assert.Equal("Take one tab", completion.Text);
        Assert.Equal(FinishReason.Stop, completion.Reason);
        Assert.StartsWith(Decode(completion.Ids), completion.Text, StringComparison.Ordinal);
        Assert.Equal(completion.Ids.Length, completion.Sent);
    }

    [Theory]
    [InlineData("let dai", "Take one tab")] // inside a token
    [InlineData(" daily", "Take one tablet")]
    [InlineData("nowhere", "Take one tablet daily. STOP and more")]
    public void What_is_kept_of_an_answer_is_the_text_that_the_client_has(string stop, string kept)
    {
        var completion = new Completion(RequestOf(new SamplingOptions { MaxTokens = 50, Stop = { stop } }), TestModel.Served.Tokenizer);
        var sent = 0;
        foreach (var token in (int[])[.. Encode("Take one tablet daily. STOP and more"), TestModel.EndOfText])
        {
            if (completion.Reason is not null)
                break;
            completion.Push(News([token]));
            sent += completion.TakeReleased()?.TokenIds.Count ?? 0;
        }

        Assert.Equal(kept, Decode(completion.Kept()));
        Assert.Equal(completion.Received[..sent], completion.Kept()[..sent]);
    }

    [Fact]
    public void The_beginning_of_a_stop_string_waits_and_is_sent_when_it_was_none()
    {
        var request = RequestOf(new SamplingOptions { MaxTokens = 50, Stop = { "tablets" } });
        var completion = new Completion(request, TestModel.Served.Tokenizer);
        completion.Push(News(Encode("one tablet")));
        Assert.DoesNotContain("tab", completion.TakeReleased()!.Text, StringComparison.Ordinal);
        completion.Push(News([TestModel.EndOfText]));
        Assert.EndsWith("tablet", completion.TakeReleased()!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_character_waits_for_its_other_half()
    {
        var tokens = Encode("龘"); // too rare to be a token of its own
        Assert.True(tokens.Length > 1);
        var completion = new Completion(RequestOf(new SamplingOptions { MaxTokens = 50 }), TestModel.Served.Tokenizer);
        completion.Push(News(tokens[..^1]));
        Assert.Null(completion.TakeReleased());
        completion.Push(News(tokens[^1..]));
        var released = completion.TakeReleased()!;
        Assert.Equal(("龘", tokens.Length), (released.Text, released.TokenIds.Count));
    }

    [Fact]
    public void Max_tokens_end_the_completion_whatever_the_replica_goes_on_to_send()
    {
        var completion = Run(new SamplingOptions { MaxTokens = 2 }, Encode("one two three four"));
        Assert.Equal((FinishReason.Length, 2), (completion.Reason, completion.Sent));
    }

    [Fact]
    public void A_stream_that_breaks_off_keeps_what_could_still_become_a_stop_string()
    {
        var completion = new Completion(RequestOf(new SamplingOptions { MaxTokens = 50, Stop = { "water!" } }), TestModel.Served.Tokenizer);
        completion.Push(News(Encode("water")));
        completion.End(FinishReason.Deadline);
        Assert.Null(completion.TakeReleased());
        Assert.Equal(0, completion.Sent);
    }

    [Theory]
    [InlineData(StreamEnd.Cancelled, FinishReason.Cancelled)]
    [InlineData(StreamEnd.Deadline, FinishReason.Deadline)]
    [InlineData(StreamEnd.Error, FinishReason.Error)]
    [InlineData(StreamEnd.Length, FinishReason.Length)]
    [InlineData(StreamEnd.Stop, FinishReason.Stop)]
    public void The_replicas_end_is_the_streams(StreamEnd end, FinishReason reason)
    {
        var completion = new Completion(RequestOf(new SamplingOptions { MaxTokens = 50 }), TestModel.Served.Tokenizer);
        completion.Push(new StreamNews([], end));
        Assert.Equal(reason, completion.Reason);
    }

    [Fact]
    public void Log_probabilities_come_with_their_tokens_if_they_were_asked_for()
    {
        var token = new ReceivedToken(300, -0.5f, [new(300, -0.5f), new(301, -1.5f)]);
        var with = new Completion(RequestOf(new SamplingOptions { MaxTokens = 5, Logprobs = 2 }), TestModel.Served.Tokenizer);
        with.Push(new StreamNews([token], StreamEnd.None));
        var logprobs = Assert.Single(with.TakeReleased()!.Logprobs);
        Assert.Equal((-0.5f, 301, -1.5f), (logprobs.Logprob, logprobs.Top[1].TokenId, logprobs.Top[1].Logprob));

        var without = new Completion(RequestOf(new SamplingOptions { MaxTokens = 5 }), TestModel.Served.Tokenizer);
        without.Push(new StreamNews([token], StreamEnd.None));
        Assert.Empty(without.TakeReleased()!.Logprobs);
    }

    private static (string Text, int[] Ids, FinishReason? Reason, int Sent) Run(SamplingOptions sampling, int[] tokens)
    {
        var completion = new Completion(RequestOf(sampling), TestModel.Served.Tokenizer);
        var (text, ids) = ("", new List<int>());
        foreach (var token in tokens)
        {
            completion.Push(News([token]));
            if (completion.TakeReleased() is not { } released)
                continue;
            Assert.Equal(ids.Count, released.SequenceNumber);
            text += released.Text;
            ids.AddRange(released.TokenIds);
        }

        return (text, [.. ids], completion.Reason, completion.Sent);
    }

    private static GenerationRequest RequestOf(SamplingOptions sampling) =>
        new RequestParser(TestModel.Served, TestModel.Options()).Parse(new GenerateRequest { Text = "How?", Sampling = sampling }, Tenant.Default, TestModel.Context);

    private static StreamNews News(int[] tokens) => new([.. tokens.Select(token => new ReceivedToken(token, 0, []))], StreamEnd.None);

    private static int[] Encode(string text) => TestModel.Served.Tokenizer.Encode(text, parseSpecial: false);

    private static string Decode(int[] ids) => TestModel.Served.Tokenizer.Decode(ids, skipSpecial: true);
}
