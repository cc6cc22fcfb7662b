using Baichuan.Model;

namespace Baichuan.Gateway.Tenants;

/// <summary>
/// One tenant: section Gateway:Tenants:NAME of the configuration, such as Gateway__Tenants__radiology__Keys__0 in the environment. Its weight beside others is
/// the replicas' matter: Deployment:TenantWeights:NAME.
/// </summary>
public sealed class TenantOptions
{
    /// <summary>Its API keys by names, which the audit log has: such as Keys__0, or Keys__2026. Any will do, so that one can be replaced while the other is in use. Each is the key itself, 16 to 256 visible ASCII
    /// characters, or <c>sha256:</c> and the 64 hexadecimal digits of its SHA-256: then the configuration holds no secret.</summary>
    public Dictionary<string, string> Keys { get; set; } = [];

    /// <summary>Classes that its requests may have; not set: interactive and batch.</summary>
    public RequestClass[]? Classes { get; set; }

    /// <summary>Most generating requests at once at one gateway; one for n completions counts n times.</summary>
    public int MaxRequests { get; set; } = 1000;

    /// <summary>Its keys open the console, with the whole cluster's state.</summary>
    public bool Operator { get; set; }

    /// <summary>What is wrong, a sentence each.</summary>
    internal IEnumerable<string> Check(string name)
    {
        var section = $"{GatewayOptions.Section}:{nameof(GatewayOptions.Tenants)}:{name}";
        if (!Tenant.IsName(name))
            yield return $"{section}: a tenant's name is 1 to 64 characters of A-Z a-z 0-9 . _ -";
        if (Keys.Count == 0)
            yield return $"{section}:Keys is empty; nobody could be this tenant. Give at least one key.";
        foreach (var (key, value) in Keys)
        {
            if (!Tenant.IsName(key))
                yield return $"{section}:Keys: a key's name is 1 to 64 characters of A-Z a-z 0-9 . _ -";
            else if (!TenantKey.TryParse(value, out _))
                yield return $"{section}:Keys:{key} is neither a key of 16 to 256 visible ASCII characters nor \"sha256:\" and 64 hexadecimal digits.";
        }

        if (Classes is { Length: 0 } || Classes?.All(Enum.IsDefined) == false)
            yield return $"{section}:Classes must name at least one of emergency, interactive and batch, or be left out.";
        if (MaxRequests is < 1 or > 1_000_000)
            yield return $"{section}:MaxRequests is {MaxRequests}; use 1 to 1000000.";
    }
}
