namespace Baichuan.Cluster.Abstractions.Sessions;

/// <summary>The key of a session grain. Model and tenant are a part of it: under another tenant, or for another model, the same id is another session.</summary>
public readonly record struct SessionKey(string Model, string Tenant, string Id)
{
    /// <exception cref="FormatException">The text is not such a key.</exception>
    public static SessionKey Parse(string key) => key.Split('/') is [{ Length: > 0 } model, { Length: > 0 } tenant, { Length: > 0 } id]
        ? new(model, tenant, id)
        : throw new FormatException("A session's key must be model/tenant/id.");

    public override string ToString() => $"{Model}/{Tenant}/{Id}";
}
