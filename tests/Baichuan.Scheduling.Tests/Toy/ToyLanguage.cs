namespace Baichuan.Scheduling.Tests.Toy;

/// <summary>A language model of one line: the next token is a hash of every token before it. So a sequence's completion is known beforehand.</summary>
internal static class ToyLanguage
{
    public const int VocabularySize = 64;

    public const ulong Start = 0x9E3779B97F4A7C15;

    /// <summary>What a position's keys and values would be: they depend on all tokens up to it.</summary>
    public static ulong Read(ulong prefix, int token)
    {
        var x = (prefix ^ (ulong)(token + 1)) * 0xFF51AFD7ED558CCD;
        return x ^ (x >> 33);
    }

    public static int Next(ulong prefix) => (int)((prefix * 0xC4CEB9FE1A85EC53) >> 58);

    /// <summary>The tokens that a request ends with when nobody ends it earlier, and why it ends.</summary>
    public static (int[] Tokens, FinishReason Finish) Complete(SequenceRequest request, int maxLength)
    {
        var tokens = request.Prompt.ToArray().ToList();
        var prefix = tokens.Aggregate(Start, Read);
        while (true)
        {
            var token = Next(prefix);
            tokens.Add(token);
            prefix = Read(prefix, token);
            if (request.StopTokens.Span.Contains(token))
                return ([.. tokens], FinishReason.Stop);
            if (tokens.Count == maxLength)
                return ([.. tokens], FinishReason.Length);
        }
    }
}
