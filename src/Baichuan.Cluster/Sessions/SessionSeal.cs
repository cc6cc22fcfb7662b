using System.Security.Cryptography;
using System.Text;
using Orleans.Serialization;

namespace Baichuan.Cluster.Sessions;

/// <summary>
/// Seals and opens stored sessions: AES-256-GCM under a random nonce, with the session's whole key (model, tenant, id) as associated data, so that a row that
/// was copied under another tenant does not open. Thread-safe.
/// </summary>
internal sealed class SessionSeal
{
    public const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly Dictionary<string, byte[]> _keys;
    private readonly string _active;
    private readonly Serializer<SessionContent> _serializer;

    /// <param name="keys">By name, <see cref="KeyBytes"/> each.</param>
    /// <param name="active">Name of the one that seals.</param>
    public SessionSeal(IReadOnlyDictionary<string, byte[]> keys, string active, Serializer<SessionContent> serializer)
    {
        (_keys, _active, _serializer) = (new(keys), active, serializer);
        foreach (var (name, key) in keys)
        {
            if (key.Length != KeyBytes)
                throw new ArgumentException($"Session key \"{name}\" has {key.Length} bytes; it must have {KeyBytes}.");
        }
    }

    public SealedSession Seal(SessionContent content, string session)
    {
        var text = _serializer.SerializeToArray(content);
        var sealing = new SealedSession { KeyName = _active, Nonce = RandomNumberGenerator.GetBytes(NonceBytes), Text = new byte[text.Length], Tag = new byte[TagBytes] };
        using var cipher = new AesGcm(_keys[_active], TagBytes);
        cipher.Encrypt(sealing.Nonce, text, sealing.Text, sealing.Tag, Encoding.UTF8.GetBytes(session));
        CryptographicOperations.ZeroMemory(text);
        return sealing;
    }

    /// <exception cref="CryptographicException">Its key is not here, or the session was changed or moved.</exception>
    public SessionContent Open(SealedSession sealing, string session)
    {
        if (!_keys.TryGetValue(sealing.KeyName, out var key))
            throw new CryptographicException($"A stored session is sealed with key \"{sealing.KeyName}\", which {SessionOptions.Section}:Keys does not have; add it again.");
        var text = new byte[sealing.Text.Length];
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Decrypt(sealing.Nonce, sealing.Text, sealing.Tag, text, Encoding.UTF8.GetBytes(session));
        var content = _serializer.Deserialize(text) ?? throw new CryptographicException("A stored session is empty.");
        CryptographicOperations.ZeroMemory(text);
        return content;
    }

    /// <summary>The bytes of a key in base64; null where it is not base64.</summary>
    public static byte[]? TryDecode(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }
}
