using System.Buffers;
using Baichuan.Gateway.Requests;
using Baichuan.Model;
using Grpc.Core;

namespace Baichuan.Gateway.Tenants;

/// <summary>Whose request it is, as the server knows from the client's key; never something that a request says of itself. Immutable.</summary>
internal sealed class Tenant
{
    private static readonly SearchValues<char> _nameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>Everybody, where the configuration names no tenants: may do everything.</summary>
    public static Tenant Default { get; } = new("default", new TenantOptions { Classes = Enum.GetValues<RequestClass>(), MaxRequests = int.MaxValue }) { Label = "default" };

    /// <summary>In place of a key's name.</summary>
    public const string NoKey = "none";

    private readonly RequestClass[] _classes;

    public Tenant(string name, TenantOptions options)
    {
        (Name, MaxRequests, IsOperator) = (name, options.MaxRequests, options.Operator);
        _classes = [.. options.Classes ?? [RequestClass.Interactive, RequestClass.Batch]];
    }

    public string Name { get; }

    /// <summary>What metrics call it: its name, or a common word for those beyond <see cref="TenantKeys.MostLabels"/>.</summary>
    public string Label { get; init; } = "other";

    /// <summary>Name of the key that the call came with, never the key; where nobody has one, that word.</summary>
    public string Key { get; init; } = NoKey;

    /// <inheritdoc cref="TenantOptions.MaxRequests"/>
    public int MaxRequests { get; }

    /// <inheritdoc cref="TenantOptions.Operator"/>
    public bool IsOperator { get; }

    /// <summary>The class of a request, by what it asks for: nothing is interactive, or where that is not allowed the first that is.</summary>
    /// <exception cref="RefusedException">The tenant's requests may not have this class (PERMISSION_DENIED), or there is none such (INVALID_ARGUMENT).</exception>
    public RequestClass ClassOf(V1.RequestClass asked) => asked switch
    {
        V1.RequestClass.Unspecified => Allows(RequestClass.Interactive) ? RequestClass.Interactive : _classes[0],
        V1.RequestClass.Emergency => Require(RequestClass.Emergency),
        V1.RequestClass.Interactive => Require(RequestClass.Interactive),
        V1.RequestClass.Batch => Require(RequestClass.Batch),
        _ => throw RefusedException.Invalid($"request_class is {(int)asked}; use 1 (emergency), 2 (interactive) or 3 (batch), or leave it out."),
    };

    internal static bool IsName(string name) => name.Length is >= 1 and <= 64 && !name.AsSpan().ContainsAnyExcept(_nameCharacters);

    private bool Allows(RequestClass requestClass) => Array.IndexOf(_classes, requestClass) >= 0;

    private RequestClass Require(RequestClass asked) => Allows(asked) ? asked : throw new RefusedException(
        StatusCode.PermissionDenied,
        $"request_class is {NameOf(asked)}; this key may use {string.Join(", ", _classes.Select(NameOf))}. Use one of these, or ask the operator.");

    private static string NameOf(RequestClass requestClass) => requestClass.ToString().ToLowerInvariant();
}
