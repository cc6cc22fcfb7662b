using System.Net.Sockets;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>Something of a shard's thread that may have to wait for a socket.</summary>
internal interface ISocketWork
{
    /// <summary>Adds the socket to those that must become readable or writable before more can be done; to none if nothing is under way.</summary>
    void AddPending(List<Socket> reads, List<Socket> writes);
}
