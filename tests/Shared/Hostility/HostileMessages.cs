using Baichuan.V1;
using Google.Protobuf;

namespace Baichuan.Testing.Hostility;

/// <summary>Messages of our services whose fields have values out of every range, and bytes that are no message.</summary>
internal static class HostileMessages
{
    private static readonly int[] s_integers = [0, 1, -1, 2, 20, 64, 65_536, int.MaxValue, int.MinValue, -2_000_000_000, 1 << 20];

    private static readonly float[] s_reals =
        [0, -0f, 1, -1, 2, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, -float.MaxValue, float.Epsilon, 1e-30f, 100.5f];

    /// <summary>A message and the path of a method that takes it.</summary>
    public static (string Target, IMessage Message) Make(Random random) => random.Next(10) switch
    {
        0 or 1 or 2 => ("/baichuan.v1.Inference/Generate", Generate(random)),
        3 or 4 => ("/baichuan.v1.Inference/Chat", Chat(random)),
        5 => ("/baichuan.v1.Inference/Resume", Resume(random)),
        6 => ("/baichuan.v1.Inference/Tokenize", new TokenizeRequest { Model = Name(random), Text = "x", ParseSpecialTokens = random.Next(2) == 0 }),
        7 => ("/baichuan.v1.Inference/Detokenize", new DetokenizeRequest { Model = Name(random), TokenIds = { Integers(random) } }),
        8 => ("/baichuan.v1.Inference/GetModel", new GetModelRequest { Model = Name(random) }),
        _ => ("/baichuan.v1.Sessions/GetSession", new GetSessionRequest { SessionId = Name(random) }),
    };

    /// <summary>Bytes that a reader of messages may stumble over.</summary>
    public static byte[] MakeWire(Random random)
    {
        var bytes = new List<byte>();
        for (var fields = random.Next(1, 5); fields > 0; fields--)
        {
            var number = random.Next(1, 17);
            switch (random.Next(9))
            {
                case 0: bytes.AddRange(RandomBytes(random, random.Next(1, 40))); break;
                case 1: bytes.AddRange([Tag(number, 0), .. Enumerable.Repeat((byte)0xff, random.Next(9, 12)), 1]); break; // a number of more than 64 bits
                case 2: bytes.AddRange([Tag(0, random.Next(8)), 1]); break; // field 0
                case 3: bytes.AddRange([Tag(number, 6 + random.Next(2)), 1]); break; // no such type
                case 4: bytes.AddRange(Enumerable.Repeat(Tag(number, 3), (int)Math.Pow(2, random.NextDouble() * 15))); break; // groups in groups
                case 5: bytes.AddRange([Tag(number, 2), 0xff, 0xff, 0xff, 0xff, (byte)random.Next(16), 1]); break; // longer than any message
                case 6: bytes.AddRange([Tag(number, 2), 0x80, 0x80, 0x80, 0x80, 0xf8, 0xff, 0xff, 0xff, 0xff, 1]); break; // of negative length
                case 7: bytes.AddRange(Nested(random, number)); break;
                default: bytes.AddRange(Text(number, HostileText.Make(random))); break;
            }
        }

        return [.. bytes];
    }

    /// <summary>A field with a text in it.</summary>
    public static byte[] Text(int number, byte[] text)
    {
        var length = new List<byte>();
        for (var rest = text.Length; rest > 0 || length.Count == 0; rest >>= 7)
            length.Add((byte)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0)));
        return [Tag(number, 2), .. length, .. text];
    }

    public static byte[] RandomBytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte Tag(int number, int type) => (byte)((number << 3) | type);

    private static byte[] Nested(Random random, int number)
    {
        byte[] inner = [];
        for (var depth = random.Next(1, 120); depth > 0; depth--)
            inner = Text(number, inner);
        return inner;
    }

    private static GenerateRequest Generate(Random random)
    {
        var request = new GenerateRequest { Model = Name(random), RequestId = Id(random), Sampling = Sampling(random), RequestClass = (RequestClass)random.Next(-1, 6) };
        if (random.Next(2) == 0)
            request.Text = "x";
        else if (random.Next(3) > 0)
            request.TokenIds = new TokenIds { Ids = { Integers(random) } };
        return request;
    }

    private static ChatRequest Chat(Random random)
    {
        var request = new ChatRequest { Model = Name(random), RequestId = Id(random), Sampling = Sampling(random), RequestClass = (RequestClass)random.Next(-1, 6) };
        for (var messages = random.Next(4); messages > 0; messages--)
            request.Messages.Add(new ChatMessage { Role = (Role)random.Next(-1, 6), Content = random.Next(2) == 0 ? "" : "x" });
        if (random.Next(3) == 0)
            request.SessionId = Name(random);
        return request;
    }

    private static ResumeRequest Resume(Random random)
    {
        var request = new ResumeRequest { NextToken = Integer(random), ReceivedTokenIds = { Integers(random) }, ProfileId = random.Next(2) == 0 ? "p" : Name(random) };
        if (random.Next(3) == 0)
            request.Chat = Chat(random);
        else if (random.Next(3) > 0)
            request.Generate = Generate(random);
        return request;
    }

    /// <summary>Mostly nothing, for else no request gets beyond its first wrong field.</summary>
    private static SamplingOptions Sampling(Random random)
    {
        var sampling = new SamplingOptions { MaxTokens = 4 };
        for (var wrong = random.Next(1, 3); wrong > 0; wrong--)
        {
            switch (random.Next(16))
            {
                case 0: sampling.Temperature = Real(random); break;
                case 1: sampling.TopK = Integer(random); break;
                case 2: sampling.TopP = Real(random); break;
                case 3: sampling.MinP = Real(random); break;
                case 4: sampling.RepetitionPenalty = Real(random); break;
                case 5: sampling.FrequencyPenalty = Real(random); break;
                case 6: sampling.PresencePenalty = Real(random); break;
                case 7: sampling.MaxTokens = Integer(random); break;
                case 8: sampling.MinTokens = Integer(random); break;
                case 9: sampling.Logprobs = Integer(random); break;
                case 10: sampling.PromptLogprobs = Integer(random); break;
                case 11: sampling.StopTokenIds.Add(Integers(random)); break;
                case 12: sampling.Stop.Add(Enumerable.Repeat(new string('s', random.Next(400)), random.Next(1, 20))); break;
                case 13: sampling.LogitBias[Integer(random)] = Real(random); break;
                case 14: sampling.N = Integer(random); break;
                default: sampling.Seed = ulong.MaxValue; break;
            }
        }

        return sampling;
    }

    private static int Integer(Random random) => s_integers[random.Next(s_integers.Length)];

    private static float Real(Random random) => s_reals[random.Next(s_reals.Length)];

    private static IEnumerable<int> Integers(Random random) =>
        random.Next(3) == 0 ? [.. Enumerable.Repeat(5, random.Next(5_000))] : Enumerable.Range(0, random.Next(5)).Select(_ => Integer(random)).ToList();

    private static string Name(Random random) => random.Next(5) switch
    {
        0 => new string('n', random.Next(1, 500)),
        1 => "../../etc/passwd\0\n\r\u202e",
        2 => Convert.ToHexStringLower(RandomBytes(random, 16)),
        _ => "",
    };

    private static string Id(Random random) => random.Next(6) switch
    {
        0 => new string('r', random.Next(1, 500)),
        1 => "id with spaces \u0001",
        2 => "the-same-id",
        _ => "",
    };
}
