using System.Text;
using System.Text.Unicode;
using Baichuan.Model.Text;
using Baichuan.V1;

namespace Baichuan.Gateway.OpenAi;

/// <summary>How likely the tokens of one choice are, gathered until they are taken: the whole answer's, or a chunk's. One caller at a time.</summary>
internal sealed class OpenAiLogprobs(TextTokenizer tokenizer, bool isChat)
{
    private const float Least = -9999; // what that API has for a token that cannot be; JSON has no infinity

    private readonly StreamingDecoder _decoder = new(tokenizer, skipSpecial: true);
    private readonly List<(int Token, TokenLogprobs Logprobs, int Offset)> _gathered = [];
    private int _offset; // UTF-16 code units of the text before the next token

    public void Add(GeneratedTokens tokens)
    {
        for (var i = 0; i < tokens.Logprobs.Count; i++)
        {
            _gathered.Add((tokens.TokenIds[i], tokens.Logprobs[i], _offset));
            _offset += _decoder.Push(tokens.TokenIds[i]).Length;
        }
    }

    /// <summary>Those that were gathered since the last time; null where there are none.</summary>
    public OpenAiChoiceLogprobs? Take()
    {
        if (_gathered.Count == 0)
            return null;
        var taken = isChat
            ? new OpenAiChoiceLogprobs { Content = [.. _gathered.Select(it => Describe(it.Token, it.Logprobs.Logprob) with { TopLogprobs = [.. it.Logprobs.Top.Select(top => Describe(top.TokenId, top.Logprob))] })] }
            : new OpenAiChoiceLogprobs
            {
                Tokens = [.. _gathered.Select(it => Text(it.Token))],
                TokenLogprobs = [.. _gathered.Select(it => Math.Max(it.Logprobs.Logprob, Least))],
                TopLogprobs = [.. _gathered.Select(it => Likeliest(it.Logprobs))],
                TextOffset = [.. _gathered.Select(it => it.Offset)],
            };
        _gathered.Clear();
        return taken;
    }

    private OpenAiTokenLogprob Describe(int token, float logprob) => new(Text(token), Math.Max(logprob, Least), [.. tokenizer.TokenBytes(token)]);

    private Dictionary<string, float> Likeliest(TokenLogprobs logprobs)
    {
        var likeliest = new Dictionary<string, float>();
        foreach (var top in logprobs.Top)
            likeliest.TryAdd(Text(top.TokenId), Math.Max(top.Logprob, Least));
        return likeliest;
    }

    /// <summary>A token's text; where it is a part of a character, its bytes as that API writes them: <c>bytes:\xe7\x97</c>.</summary>
    private string Text(int token)
    {
        var bytes = tokenizer.TokenBytes(token);
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : "bytes:" + string.Concat(bytes.ToArray().Select(value => $"\\x{value:x2}"));
    }
}
