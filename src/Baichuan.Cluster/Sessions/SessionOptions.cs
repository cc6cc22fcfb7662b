using System.ComponentModel.DataAnnotations;

namespace Baichuan.Cluster.Sessions;

/// <summary>How sessions are kept: section "Sessions". The same on every silo.</summary>
public sealed class SessionOptions : IValidatableObject
{
    public const string Section = "Sessions";

    /// <summary>A session that is not used for so long is forgotten.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Most sessions that a tenant may have at once; creating another is refused. Of several for the last place at the same moment, all may be.</summary>
    [Range(1, 10_000_000)]
    public int MaxPerTenant { get; set; } = 10_000;

    /// <summary>
    /// Keys that seal stored sessions, by a name of your choice: 32 random bytes in base64 each (openssl rand -base64 32). To change the key, add one, make it
    /// the <see cref="ActiveKey"/>, and take the old one away when <see cref="IdleTimeout"/> has passed. None: a key file beside the state file, made if missing.
    /// </summary>
    public Dictionary<string, string> Keys { get; set; } = [];

    /// <summary>Name of the key that seals from now on; may be left out where there is one.</summary>
    public string ActiveKey { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, text) in Keys)
        {
            if (SessionSeal.TryDecode(text) is not { } key)
                yield return Wrong($"{Section}:Keys:{name} is not base64; give {SessionSeal.KeyBytes} random bytes in base64.");
            else if (key.Length != SessionSeal.KeyBytes)
                yield return Wrong($"{Section}:Keys:{name} has {key.Length} bytes; give {SessionSeal.KeyBytes} random bytes in base64.");
        }

        if (ActiveKey.Length > 0 && !Keys.ContainsKey(ActiveKey))
            yield return Wrong($"{Section}:ActiveKey is \"{ActiveKey}\", which {Section}:Keys does not have; name one of them.");
        if (ActiveKey.Length == 0 && Keys.Count > 1)
            yield return Wrong($"{Section}:ActiveKey is not set; with {Keys.Count} keys it has to name the one that seals.");
    }

    private static ValidationResult Wrong(string sentence) => new(sentence, [nameof(Keys)]);
}
