using System.Security.Cryptography;
using Baichuan.Gateway.Requests;
using Grpc.Core;

namespace Baichuan.Gateway.Tenants;

/// <summary>Which key is whose, from the configuration. Immutable and thread-safe.</summary>
internal sealed class TenantKeys
{
    private const string Scheme = "Bearer ";
    private const int MostKeyCharacters = 256;

    /// <summary>Tenants that have series of their own in metrics, the first by name.</summary>
    public const int MostLabels = 64;

    private readonly (byte[] Hash, Tenant Tenant)[] _keys;

    public TenantKeys(GatewayOptions options) => _keys =
    [
        .. from entry in options.Tenants.OrderBy(entry => entry.Key, StringComparer.Ordinal).Index()
           from key in entry.Item.Value.Keys
           let tenant = new Tenant(entry.Item.Key, entry.Item.Value) { Label = entry.Index < MostLabels ? entry.Item.Key : "other", Key = key.Key }
           select (TenantKey.TryParse(key.Value, out var hash) ? hash : throw new ArgumentException($"A key of tenant {entry.Item.Key} is not one."), tenant),
    ];

    /// <summary>Whose a call is. Without tenants in the configuration: everybody's, and no key is looked at.</summary>
    /// <param name="authorization">The call's metadata of that name; null where there is none.</param>
    /// <exception cref="RefusedException">UNAUTHENTICATED.</exception>
    public Tenant Authenticate(string? authorization)
    {
        if (_keys.Length == 0)
            return Tenant.Default;
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            throw Refuse("This gateway needs an API key; send it as metadata \"authorization: Bearer KEY\".");
        var key = authorization.AsSpan(Scheme.Length).Trim();
        if (key.Length > MostKeyCharacters)
            throw Unknown();

        // Every key is compared, and each in constant time: how long this takes tells nothing about any of them.
        var hash = TenantKey.Hash(key);
        Tenant? found = null;
        foreach (var known in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, known.Hash))
                found = known.Tenant;
        }

        return found ?? throw Unknown();
    }

    private static RefusedException Unknown() => Refuse("The API key is not known here; check it, or ask the operator for one.");

    private static RefusedException Refuse(string sentence) => new(StatusCode.Unauthenticated, sentence);
}
