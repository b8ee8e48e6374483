using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Rondo.Cli;

/// <summary>
/// One connection to an executor that costs next to nothing: what is measured is the executor, not an HTTP library beside it on the same
/// processors. HTTP/1.1 with chunks, as far as an executor speaks it.
/// </summary>
internal sealed class LineConnection : IDisposable
{
    private static readonly byte[] LastChunk = "0\r\n\r\n"u8.ToArray();
    private static readonly byte[] NewLine = "\r\n"u8.ToArray();

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly string _host;
    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private int _chunkLeft;
    private bool _isChunked;
    private int _lengthLeft;

    private LineConnection(string address) => _host = address;

    public static async Task<LineConnection> OpenAsync(string address, CancellationToken cancellationToken)
    {
        var connection = new LineConnection(address);
        var colon = address.LastIndexOf(':');
        await connection._socket.ConnectAsync(
            address[..colon],
            int.Parse(address[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture),
            cancellationToken
        );
        return connection;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>The bytes of a request with a body of known length, to be sent again and again.</summary>
    public static byte[] Request(string address, string method, string path, string body = "") =>
        Encoding.UTF8.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"
        );

    /// <summary>One request and its answer, on the caller's thread: the shortest way there is.</summary>
    /// <returns>The status.</returns>
    public int Exchange(byte[] request)
    {
        Send(request);
        var status = ReadHead();
        while (ReadBody().Length > 0) { }

        return status;
    }

    /// <summary>Begins a request whose body comes in parts.</summary>
    public Task BeginAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(
            Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: {_host}\r\nTransfer-Encoding: chunked\r\n\r\n"),
            cancellationToken
        );

    /// <summary>Sends a part of the body.</summary>
    public async Task SendPartAsync(ReadOnlyMemory<byte> part, CancellationToken cancellationToken)
    {
        await SendAsync(Encoding.ASCII.GetBytes($"{part.Length:x}\r\n"), cancellationToken);
        await SendAsync(part, cancellationToken);
        await SendAsync(NewLine, cancellationToken);
    }

    /// <summary>Ends the body.</summary>
    public Task EndAsync(CancellationToken cancellationToken) => SendAsync(LastChunk, cancellationToken);

    /// <summary>Reads the head of the answer; its status.</summary>
    public int ReadHead()
    {
        int length;
        while ((length = Unread.IndexOf("\r\n\r\n"u8)) < 0)
        {
            Fill();
        }

        var head = Encoding.ASCII.GetString(Unread[..length]);
        _start += length + 4;
        _isChunked = head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
        _chunkLeft = 0;
        const string Length = "Content-Length: ";
        var at = head.IndexOf(Length, StringComparison.OrdinalIgnoreCase);
        _lengthLeft = at < 0 ? 0 : int.Parse(head.AsSpan(at + Length.Length).Trim().ToString().Split('\r')[0]);
        return int.Parse(head.AsSpan(9, 3));
    }

    /// <summary>The next piece of the body; empty at its end. Valid until the next call.</summary>
    public ReadOnlySpan<byte> ReadBody()
    {
        var left = _isChunked ? NextChunk() : _lengthLeft;
        if (left == 0)
        {
            return default;
        }

        if (_start == _end)
        {
            Fill();
        }

        var piece = _buffer.AsSpan(_start, Math.Min(left, _end - _start));
        _start += piece.Length;
        if (_isChunked)
        {
            _chunkLeft -= piece.Length;
        }
        else
        {
            _lengthLeft -= piece.Length;
        }

        return piece;
    }

    private Span<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    private int NextChunk()
    {
        if (_chunkLeft > 0)
        {
            return _chunkLeft;
        }

        // A chunk ends with a line end, which comes before the next one's length.
        var line = ReadLine();
        line = line.Length == 0 ? ReadLine() : line;
        _ = Utf8Parser.TryParse(line, out int length, out _, 'x');
        if (length == 0)
        {
            ReadLine();
        }

        return _chunkLeft = length;
    }

    private ReadOnlySpan<byte> ReadLine()
    {
        int length;
        while ((length = Unread.IndexOf(NewLine)) < 0)
        {
            Fill();
        }

        var line = Unread[..length];
        _start += length + NewLine.Length;
        return line;
    }

    private void Fill()
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }
        else if (_end == _buffer.Length)
        {
            Unread.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        var count = _socket.Receive(_buffer.AsSpan(_end));
        _end += count > 0 ? count : throw new IOException($"{_host} closed the connection");
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, cancellationToken)..];
        }
    }
}
