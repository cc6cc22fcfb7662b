using System.Text;

namespace Baichuan.Testing.Hostility;

/// <summary>Bodies for the OpenAI-style port that are no JSON, or JSON with values of every wrong kind.</summary>
internal static class HostileJson
{
    private const string Lead = "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":4";

    private static readonly string[] s_fields =
    [
        "model", "messages", "prompt", "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "min_p", "frequency_penalty",
        "presence_penalty", "repetition_penalty", "min_tokens", "ignore_eos", "seed", "stop", "logit_bias", "n", "best_of", "logprobs", "echo", "user", "metadata", "tools", "\\ud800", "",
    ];

    private static readonly string[] s_values =
    [
        "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e-999", "99999999999999999999", "-1", "0", "1", "4", "0.5", "2147483648", "-2147483649", "18446744073709551616", "00", "1.", ".5", "+1",
        "null", "true", "false", "\"\"", "\"x\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"\\x\"", "{}", "[]", "[null]", "[1,-1,1e9]", "[\"\"]", "[\"\\ud800\"]", "[[1]]",
        "{\"include_usage\":1}", "{\"include_usage\":true}", "{\"5\":1e999}", "{\"\\ud800\":1}", "{\"99999999999\":1}", "{\"5\":null}",
        "[{\"role\":\"user\",\"content\":\"\\ud800\"}]", "[{\"role\":\"\\ud800\",\"content\":\"x\"}]", "[{\"role\":\"user\"}]", "[{\"content\":\"x\"}]", "[{\"role\":\"user\",\"content\":null}]",
        "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"\\udfff\"}]}]", "[{\"role\":\"user\",\"content\":[{\"type\":\"image\"}]}]", "[{\"role\":\"user\",\"content\":[[]]}]", "[1]", "[null,null]",
    ];

    public static byte[] Make(Random random)
    {
        var json = new StringBuilder(Lead);
        for (var fields = random.Next(1, 4); fields > 0; fields--)
            json.Append(",\"").Append(s_fields[random.Next(s_fields.Length)]).Append("\":").Append(s_values[random.Next(s_values.Length)]);
        var body = Encoding.UTF8.GetBytes(json.Append('}').ToString());
        var at = random.Next(body.Length);
        return random.Next(12) switch
        {
            0 => body[..at], // cut off
            1 => [.. body[..at], .. HostileText.Make(random), .. body[at..]],
            2 => [.. "{\"messages\":[{\"role\":\"user\",\"content\":\""u8, .. HostileText.Make(random), .. "\"}],\"max_tokens\":4}"u8],
            3 => [.. "{\""u8, .. HostileText.Make(random), .. "\":1,"u8, .. body[1..]],
            4 => Deep(random),
            5 => HostileMessages.RandomBytes(random, random.Next(200)),
            6 => [.. body, .. body],
            7 => [.. body[..at], (byte)(body[at] ^ (1 << random.Next(8))), .. body[(at + 1)..]],
            8 => [],
            _ => body,
        };
    }

    /// <summary>Arrays in arrays, or objects in objects, closed or not.</summary>
    private static byte[] Deep(Random random)
    {
        var depth = (int)Math.Pow(2, random.NextDouble() * 18);
        var (open, close) = random.Next(2) == 0 ? ("[", "]") : ("{\"a\":", "}");
        var inner = string.Concat(Enumerable.Repeat(open, depth)) + "1" + (random.Next(2) == 0 ? string.Concat(Enumerable.Repeat(close, depth)) : "");
        return Encoding.UTF8.GetBytes(random.Next(2) == 0 ? inner : $"{Lead},\"metadata\":{inner}}}");
    }
}
