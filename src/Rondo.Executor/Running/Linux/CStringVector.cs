using System.Runtime.InteropServices;
using System.Text;

namespace Rondo.Executor.Running.Linux;

/// <summary>Strings as <c>argv</c> and <c>envp</c> want them: zero-terminated UTF-8, with a null pointer after the last.</summary>
internal readonly unsafe struct CStringVector : IDisposable
{
    public CStringVector(IReadOnlyCollection<string> strings)
    {
        var pointerBytes = sizeof(byte*) * (strings.Count + 1);
        var textBytes = 0L;
        foreach (var text in strings)
        {
            textBytes += Encoding.UTF8.GetByteCount(text) + 1;
        }

        // One block: the pointers, then the texts.
        Pointers = (byte**)NativeMemory.Alloc((nuint)(pointerBytes + textBytes));
        var next = (byte*)Pointers + pointerBytes;
        var index = 0;
        foreach (var text in strings)
        {
            Pointers[index++] = next;
            next += Encoding.UTF8.GetBytes(text, new Span<byte>(next, int.MaxValue));
            *next++ = 0;
        }

        Pointers[index] = null;
    }

    public byte** Pointers { get; }

    public void Dispose() => NativeMemory.Free(Pointers);
}
