using Google.Protobuf;
using Rondo.Core;

namespace Rondo.Wire;

/// <summary>Single fields, checked when they are read: what passes here is in the range that the core's types promise.</summary>
internal static class Field
{
    public static ExecutorId Executor(string text, string field) =>
        ExecutorId.TryParse(text, out var id) ? id : throw new WireFormatException($"{field}: '{text}' is not an executor id");

    /// <summary>The id's characters; to write none where one is needed is a mistake of ours that must not reach the disk or a peer.</summary>
    public static string Text(ExecutorId id) =>
        !id.IsNone ? id.ToString() : throw new WireFormatException("an executor id is missing in what is to be written");

    public static string TextOrNone(ExecutorId id) => id.IsNone ? "" : id.ToString();

    public static ExecutorId ExecutorOrNone(string text, string field) => text.Length == 0 ? default : Executor(text, field);

    public static long NotNegative(long value, string field) =>
        value >= 0 ? value : throw new WireFormatException($"{field}: {value} is negative");

    public static int NotNegative(int value, string field) =>
        value >= 0 ? value : throw new WireFormatException($"{field}: {value} is negative");

    public static T Present<T>(T? message, string field)
        where T : class => message ?? throw new WireFormatException($"{field} is missing");

    public static DateTimeOffset Time(long utcTicks, string field) =>
        (ulong)utcTicks <= (ulong)DateTimeOffset.MaxValue.UtcTicks
            ? new DateTimeOffset(utcTicks, TimeSpan.Zero)
            : throw new WireFormatException($"{field}: {utcTicks} ticks are no time");

    public static TimeSpan Length(long ticks, string field) => TimeSpan.FromTicks(NotNegative(ticks, field));

    public static DateTimeOffset? Time(bool present, long utcTicks, string field) => present ? Time(utcTicks, field) : null;

    /// <summary>Shares the memory: it must not change before the message was written.</summary>
    public static ByteString Bytes(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);

    public static EquatableList<TTo> List<TFrom, TTo>(IReadOnlyList<TFrom> from, Func<TFrom, TTo> map)
    {
        if (from.Count == 0)
        {
            return EquatableList<TTo>.Empty;
        }

        var items = new TTo[from.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = map(from[i]);
        }

        return new EquatableList<TTo>(items);
    }

    /// <summary>Adds what the list has; most lists of a job are empty.</summary>
    public static void AddTo<TFrom, TTo>(ICollection<TTo> to, EquatableList<TFrom> from, Func<TFrom, TTo> map)
    {
        for (var i = 0; i < from.Count; i++)
        {
            to.Add(map(from[i]));
        }
    }
}
