using System.ComponentModel.DataAnnotations;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Baichuan.Cluster.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Baichuan.Cluster.Tests.Sessions;

public sealed class SessionSealTests : IDisposable
{
    private const string Key = "demo/ward/0123456789abcdef0123456789abcdef";

    private static readonly byte[] Old = RandomNumberGenerator.GetBytes(SessionSeal.KeyBytes);
    private static readonly byte[] New = RandomNumberGenerator.GetBytes(SessionSeal.KeyBytes);

    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();
    private readonly SessionContent _content = new() { Created = DateTimeOffset.UnixEpoch, Used = DateTimeOffset.UnixEpoch, Turns = 2, Tokens = [1, 2, 3, 4, 9, 9, 9, 9, 5, 6, 7, 8] };

    public void Dispose() => _services.Dispose();

    [Fact]
    public void What_was_sealed_opens_and_shows_nothing_before()
    {
        var seal = With("old", ("old", Old));
        var sealing = seal.Seal(_content, Key);
        var opened = seal.Open(sealing, Key);
        Assert.Equal((2, DateTimeOffset.UnixEpoch), (opened.Turns, opened.Created));
        Assert.Equal(_content.Tokens, opened.Tokens);
        Assert.Equal(-1, sealing.Text.AsSpan().IndexOf(_content.Tokens));
        Assert.NotEqual(sealing.Nonce, seal.Seal(_content, Key).Nonce);
    }

    [Fact]
    public void A_session_that_was_moved_to_another_tenant_or_changed_does_not_open()
    {
        var seal = With("old", ("old", Old));
        var sealing = seal.Seal(_content, Key);
        Assert.ThrowsAny<CryptographicException>(() => seal.Open(sealing, Key.Replace("ward", "lab", StringComparison.Ordinal)));
        sealing.Text[3] ^= 1;
        Assert.ThrowsAny<CryptographicException>(() => seal.Open(sealing, Key));
    }

    [Fact]
    public void A_new_key_seals_while_the_old_one_still_opens_and_one_that_is_gone_is_named()
    {
        var sealing = With("old", ("old", Old)).Seal(_content, Key);
        var both = With("new", ("old", Old), ("new", New));
        Assert.Equal(_content.Tokens, both.Open(sealing, Key).Tokens);
        Assert.Equal("new", both.Seal(_content, Key).KeyName);
        var gone = Assert.Throws<CryptographicException>(() => With("new", ("new", New)).Open(sealing, Key));
        Assert.Contains("key \"old\"", gone.Message, StringComparison.Ordinal);
        Assert.ThrowsAny<CryptographicException>(() => With("old", ("old", New)).Open(sealing, Key));
    }

    [Fact]
    public void Wrong_keys_are_refused_with_a_sentence_each()
    {
        var options = new SessionOptions
        {
            Keys = { ["short"] = Convert.ToBase64String(new byte[16]), ["odd"] = "not base64", ["good"] = Convert.ToBase64String(New) },
        };
        Assert.All(["Keys:short has 16 bytes", "Keys:odd is not base64", "ActiveKey is not set"], part => Assert.Contains(part, Wrong(options), StringComparison.Ordinal));
        options = new SessionOptions { Keys = { ["good"] = Convert.ToBase64String(New) }, ActiveKey = "other" };
        Assert.Contains("ActiveKey is \"other\"", Wrong(options), StringComparison.Ordinal);
        options.ActiveKey = "";
        Assert.Empty(Wrong(options));
    }

    [Fact, UnsupportedOSPlatform("windows")]
    public async Task A_key_file_is_made_once_for_its_owner_alone()
    {
        var folder = Directory.CreateTempSubdirectory("baichuan-key-").FullName;
        var path = SessionKeyFile.PathBeside(Path.Combine(folder, "cluster.db"));
        Assert.Equal(Path.Combine(folder, "cluster.session-key"), path);
        byte[][] keys = [];
        for (var round = 0; round < 1000; round++) // who comes second is a matter of microseconds
        {
            File.Delete(path);
            using var start = new Barrier(4);
            byte[] Open()
            {
                start.SignalAndWait();
                return SessionKeyFile.ReadOrMake(path);
            }

            keys = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(Open, default, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.All(keys, key => Assert.Equal(keys[0], key));
        }

        Assert.Equal(SessionSeal.KeyBytes, keys[0].Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFiles(folder));

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<IOException>(() => SessionKeyFile.ReadOrMake(path)).Message, StringComparison.Ordinal);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(path, Convert.ToBase64String(new byte[31]));
        Assert.Contains("32 bytes", Assert.Throws<IOException>(() => SessionKeyFile.ReadOrMake(path)).Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static string Wrong(SessionOptions options) => string.Join('\n', options.Validate(new ValidationContext(options)).Select(result => result.ErrorMessage));

    private SessionSeal With(string active, params (string Name, byte[] Key)[] keys) =>
        new(keys.ToDictionary(key => key.Name, key => key.Key), active, _services.GetRequiredService<Serializer<SessionContent>>());
}
