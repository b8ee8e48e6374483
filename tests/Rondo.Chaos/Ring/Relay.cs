using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Rondo.Chaos.Ring;

/// <summary>Passes on what others send to an executor's ring address, late and slowly when told to, or breaks their connections.</summary>
internal sealed class Relay : IDisposable
{
    private const int BlockBytes = 16 * 1024;

    private readonly TcpListener _listener;
    private readonly IPEndPoint _target;
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly CancellationTokenSource _ended = new();

    public Relay(string listen, string target)
    {
        _target = IPEndPoint.Parse(target);
        _listener = new TcpListener(IPAddress.Parse(listen), 0);
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>How much later everything arrives.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How many bytes a second pass in each direction of a connection; 0 for as many as there are.</summary>
    public int BytesPerSecond { get; set; }

    /// <summary>Breaks all connections off with a reset.</summary>
    public void BreakAll()
    {
        foreach (var socket in _open.Keys)
        {
            Reset(socket);
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        _listener.Dispose();
        BreakAll();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync(_ended.Token));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The relay was closed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        _open[client] = _open[server] = true;
        try
        {
            await server.ConnectAsync(_target, _ended.Token);
            await Task.WhenAll(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone: the other is told so.
        }
        finally
        {
            Reset(client);
            Reset(server);
            _open.TryRemove(client, out _);
            _open.TryRemove(server, out _);
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var sent = new ConcurrentQueue<(long At, byte[] Bytes)>();
        using var arrived = new SemaphoreSlim(0);
        var reading = ReadAsync(from, sent, arrived);
        while (true)
        {
            await arrived.WaitAsync(_ended.Token);
            if (!sent.TryDequeue(out var block))
            {
                await reading;
                to.Shutdown(SocketShutdown.Send);
                return;
            }

            var wait = Delay - Stopwatch.GetElapsedTime(block.At);
            if (BytesPerSecond is > 0 and var rate)
            {
                wait += TimeSpan.FromSeconds((double)block.Bytes.Length / rate);
            }

            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, _ended.Token);
            }

            for (var at = 0; at < block.Bytes.Length; )
            {
                at += await to.SendAsync(block.Bytes.AsMemory(at), _ended.Token);
            }
        }
    }

    private async Task ReadAsync(Socket from, ConcurrentQueue<(long At, byte[] Bytes)> sent, SemaphoreSlim arrived)
    {
        var buffer = new byte[BlockBytes];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer.AsMemory(), _ended.Token)) > 0)
            {
                sent.Enqueue((Stopwatch.GetTimestamp(), buffer[..read]));
                arrived.Release();
            }
        }
        finally
        {
            // Without a block: the end.
            arrived.Release();
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        socket.Dispose();
    }
}
