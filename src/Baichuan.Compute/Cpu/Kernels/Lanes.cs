using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>What all variants of <see cref="ILanes{TSelf}"/> share: vectors of any length, whose last lanes are padded with +0.</summary>
internal static unsafe class Lanes
{
    /// <summary>Lanes of a vector, and positions of a KV block.</summary>
    public const int Count = 16;

    /// <summary>Bytes of a vector: a cache line.</summary>
    public const int Bytes = 64;

    /// <summary>Loads <paramref name="count"/> values, at most <see cref="Count"/>; the lanes behind them are +0.</summary>
    /// <typeparam name="TLanes">The variant.</typeparam>
    /// <typeparam name="TElement"><see cref="float"/> or <see cref="Bf16"/>.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load<TLanes, TElement>(TElement* source, int count)
        where TLanes : unmanaged, ILanes<TLanes>
        where TElement : unmanaged =>
        count >= Count ? Load<TLanes, TElement>(source) : LoadFew<TLanes, TElement>(source, count);

    /// <inheritdoc cref="Load{TLanes,TElement}(TElement*,int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load<TLanes, TElement>(TElement* source)
        where TLanes : unmanaged, ILanes<TLanes>
        where TElement : unmanaged =>
        typeof(TElement) == typeof(Bf16) ? TLanes.Load((Bf16*)source) : TLanes.Load((float*)source);

    /// <summary>Stores the first <paramref name="count"/> lanes, at most <see cref="Count"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TLanes>(float* destination, TLanes value, int count)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (count >= Count)
            TLanes.Store(destination, value);
        else
            StoreFew(destination, value, count);
    }

    private static TLanes LoadFew<TLanes, TElement>(TElement* source, int count)
        where TLanes : unmanaged, ILanes<TLanes>
        where TElement : unmanaged
    {
        var padded = stackalloc TElement[Count];
        new Span<TElement>(source, count).CopyTo(new Span<TElement>(padded, Count));
        return Load<TLanes, TElement>(padded);
    }

    private static void StoreFew<TLanes>(float* destination, TLanes value, int count)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var all = stackalloc float[Count];
        TLanes.Store(all, value);
        new Span<float>(all, count).CopyTo(new Span<float>(destination, count));
    }
}
