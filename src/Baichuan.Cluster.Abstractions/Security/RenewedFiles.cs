using System.Security.Cryptography;

namespace Baichuan.Cluster.Abstractions.Security;

/// <summary>
/// What files hold, read again when they have changed, so that a certificate that is renewed needs no restart. They are compared by what is in them: a Secret's files in a pod are links, whose own time stays
/// when it is renewed. What cannot be read while the process runs leaves the last in place. Thread-safe.
/// </summary>
/// <typeparam name="T">What they are read into.</typeparam>
public sealed class RenewedFiles<T>
    where T : class
{
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<string> _files;
    private readonly Func<T> _read;
    private readonly TimeProvider _time;
    private readonly Lock _looking = new();
    private volatile T _current;
    private byte[] _digest; // guarded by _looking
    private long _looked; // guarded by _looking

    /// <summary>Reads them for the first time; what is wrong with them then is the caller's.</summary>
    public RenewedFiles(IReadOnlyList<string> files, Func<T> read, TimeProvider time)
    {
        (_files, _read, _time) = (files, read, time);
        _looked = time.GetTimestamp();
        _digest = Digest();
        _current = read();
    }

    /// <summary>What they hold, as of ten seconds ago at the most.</summary>
    public T Current()
    {
        if (!_looking.TryEnter())
            return _current; // somebody looks already
        try
        {
            if (_time.GetElapsedTime(_looked) < LookPeriod)
                return _current;
            _looked = _time.GetTimestamp();
            if (Digest() is var digest && !digest.AsSpan().SequenceEqual(_digest))
            {
                _current = _read();
                _digest = digest;
            }
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            // Half written, or gone for the moment: looked at again.
        }
        finally
        {
            _looking.Exit();
        }

        return _current;
    }

    /// <summary>Whether a read failed for what the files are, which their owner can mend.</summary>
    public static bool IsOfFiles(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException;

    private byte[] Digest()
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in _files)
            all.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        return all.GetHashAndReset();
    }
}
