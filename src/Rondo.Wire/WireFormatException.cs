namespace Rondo.Wire;

/// <summary>
/// Bytes that are no message or record of ours: the message says what is wrong with them, and nothing else is thrown for bad bytes. Also
/// thrown, before anything is written, for a value that could not be read again.
/// </summary>
public sealed class WireFormatException(string message, Exception? inner = null) : Exception(message, inner);
