using System.Diagnostics.CodeAnalysis;

namespace Rondo.Core;

/// <summary>
/// The identity of an executor: 1 to 8 characters of <c>a-z</c> and <c>0-9</c>, such as <c>k7q2</c>. It belongs to a data
/// directory, not to a process or an address. Ids are ordered by their characters; the order is the ring's.
/// </summary>
/// <remarks>The characters are packed into one number, first character highest, so that comparing ids compares numbers.</remarks>
public readonly record struct ExecutorId : IComparable<ExecutorId>
{
    /// <summary>The longest id, in characters.</summary>
    public const int MaxLength = 8;

    private readonly ulong _packed;

    private ExecutorId(ulong packed) => _packed = packed;

    /// <summary>The characters as one number, for hashing.</summary>
    internal ulong Packed => _packed;

    /// <summary>True for <c>default</c>, which names no executor.</summary>
    public bool IsNone => _packed == 0;

    /// <summary>Reads an id.</summary>
    /// <exception cref="FormatException">The text is not 1 to 8 characters of a-z and 0-9.</exception>
    public static ExecutorId Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var id)
            ? id
            : throw new FormatException(
                $"'{text}' is not an executor id: expected 1 to {MaxLength} characters of a-z and 0-9, such as k7q2"
            );

    /// <summary>Reads an id; false when the text is not one.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ExecutorId id)
    {
        id = default;
        if (text.IsEmpty || text.Length > MaxLength)
        {
            return false;
        }

        ulong packed = 0;
        foreach (var character in text)
        {
            if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character))
            {
                return false;
            }

            packed = (packed << 8) | character;
        }

        id = new ExecutorId(packed << (8 * (MaxLength - text.Length)));
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(ExecutorId other) => _packed.CompareTo(other._packed);

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(ExecutorId left, ExecutorId right) => left._packed < right._packed;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(ExecutorId left, ExecutorId right) => left._packed > right._packed;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(ExecutorId left, ExecutorId right) => left._packed <= right._packed;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(ExecutorId left, ExecutorId right) => left._packed >= right._packed;

    /// <summary>The characters of the id.</summary>
    [SuppressMessage("Globalization", "CA1305", Justification = "Characters only.")]
    public override string ToString()
    {
        Span<char> characters = stackalloc char[MaxLength];
        var length = 0;
        for (var shift = 8 * (MaxLength - 1); shift >= 0; shift -= 8)
        {
            var character = (char)((_packed >> shift) & 0xFF);
            if (character == 0)
            {
                break;
            }

            characters[length++] = character;
        }

        return new string(characters[..length]);
    }
}
