using System.ComponentModel.DataAnnotations;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Tenants;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.Model;
using Grpc.Core;

namespace Baichuan.Gateway.Tests.Tenants;

public sealed class TenantKeysTests
{
    private const string WardKey = "ward-key-0123456789";
    private const string OldWardKey = "ward-key-of-last-year";
    private const string LabKey = "lab-key-0123456789";

    private static readonly TenantKeys _keys = new(Options());

    [Theory]
    [InlineData($"Bearer {WardKey}", "ward")]
    [InlineData($"bearer  {WardKey} ", "ward")]
    [InlineData($"Bearer {OldWardKey}", "ward")]
    [InlineData($"Bearer {LabKey}", "lab")]
    public void A_key_is_known_as_its_tenants_in_clear_or_as_a_hash(string authorization, string tenant) =>
        Assert.Equal(tenant, _keys.Authenticate(authorization).Name);

    [Theory]
    [InlineData(null, "authorization: Bearer")]
    [InlineData("", "authorization: Bearer")]
    [InlineData($"Basic {WardKey}", "authorization: Bearer")]
    [InlineData("Bearer ", "not known")]
    [InlineData("Bearer ward-key-012345678", "not known")]
    [InlineData($"Bearer {WardKey}0", "not known")]
    [InlineData("Bearer sha256:0000000000000000000000000000000000000000000000000000000000000000", "not known")]
    public void Who_has_no_key_or_an_unknown_one_is_refused_without_repeating_it(string? authorization, string named)
    {
        var refusal = Assert.Throws<RefusedException>(() => _keys.Authenticate(authorization));
        Assert.Equal(StatusCode.Unauthenticated, refusal.Code);
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ward-key", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_as_long_as_a_message_is_not_hashed() =>
        Assert.Throws<RefusedException>(() => _keys.Authenticate($"Bearer {new string('k', 100_000)}"));

    [Fact]
    public void Without_tenants_everybody_is_the_default_one_and_may_use_every_class()
    {
        var tenant = new TenantKeys(TestModel.Options()).Authenticate(null);
        Assert.Equal("default", tenant.Name);
        Assert.Equal(RequestClass.Emergency, tenant.ClassOf(V1.RequestClass.Emergency));
        Assert.Equal(RequestClass.Interactive, tenant.ClassOf(V1.RequestClass.Unspecified));
    }

    [Fact]
    public void A_class_that_was_not_given_is_denied_and_the_default_is_one_that_was()
    {
        var ward = _keys.Authenticate($"Bearer {WardKey}");
        var refusal = Assert.Throws<RefusedException>(() => ward.ClassOf(V1.RequestClass.Emergency));
        Assert.Equal(StatusCode.PermissionDenied, refusal.Code);
        Assert.Contains("emergency; this key may use interactive, batch", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<RefusedException>(() => ward.ClassOf((V1.RequestClass)9)).Code);
        Assert.Equal(RequestClass.Batch, _keys.Authenticate($"Bearer {LabKey}").ClassOf(V1.RequestClass.Unspecified));
    }

    [Fact]
    public void Everything_that_is_wrong_with_tenants_is_named_and_no_key_is_shown()
    {
        var options = Options();
        options.Tenants.Add("a/b", new TenantOptions { Keys = { ["0"] = "short" }, Classes = [(RequestClass)7], MaxRequests = 0 });
        options.Tenants.Add("thief", new TenantOptions { Keys = { ["0"] = LabKey, ["1"] = "sha256:12" } });
        options.Tenants.Add("nobody", new TenantOptions());
        var wrong = string.Join('\n', options.Validate(new ValidationContext(options)).Select(result => result.ErrorMessage));
        foreach (var part in (string[])
        [
            "a/b: a tenant's name", "a/b:Keys:0", "a/b:Classes", "a/b:MaxRequests is 0", "thief:Keys:1", "nobody:Keys is empty",
            "lab and thief have a key in common",
        ])
            Assert.Contains(part, wrong, StringComparison.Ordinal);
        Assert.DoesNotContain("lab-key", wrong, StringComparison.Ordinal);
        Assert.Empty(Options().Validate(new ValidationContext(options)));
    }

    private static GatewayOptions Options()
    {
        var options = TestModel.Options();
        options.Tenants.Add("ward", new TenantOptions { Keys = { ["new"] = WardKey, ["old"] = OldWardKey } });
        options.Tenants.Add("lab", new TenantOptions { Keys = { ["0"] = $"sha256:{Convert.ToHexStringLower(TenantKey.Hash(LabKey))}" }, Classes = [RequestClass.Batch] });
        return options;
    }
}
