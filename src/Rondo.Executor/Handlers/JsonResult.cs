using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Rondo.Executor.Handlers;

/// <summary>What a handler returns, as JSON: a large one is written in pieces, also each large text in it, so that it is in memory once.</summary>
/// <typeparam name="T">What it returns.</typeparam>
internal sealed class JsonResult<T>
{
    private const int BlockMaxBytes = 1 << 20;

    /// <summary>How many characters or bytes are written at once.</summary>
    private const int PieceLength = 16 * 1024;

    private readonly JsonTypeInfo<T> _type;
    private readonly JsonWriterOptions _options;

    /// <param name="type">How it is written.</param>
    public JsonResult(JsonTypeInfo<T> type)
    {
        _type = InPieces(type);
        var options = _type.Options;
        _options = new JsonWriterOptions
        {
            Encoder = options.Encoder,
            Indented = options.WriteIndented,
            IndentCharacter = options.IndentCharacter,
            IndentSize = options.IndentSize,
            NewLine = options.NewLine,

            // The serializer looks after both itself.
            MaxDepth = int.MaxValue,
            SkipValidation = true,
        };
    }

    /// <summary>Writes it.</summary>
    /// <returns>Its bytes, in memory that is their length.</returns>
    public byte[] Write(T result)
    {
        using var pieces = new Pieces();
        using (var writer = new Utf8JsonWriter(pieces, _options))
        {
            JsonSerializer.Serialize(writer, result, _type);
        }

        return pieces.Join();
    }

    private static JsonTypeInfo<T> InPieces(JsonTypeInfo<T> type)
    {
        // Converters of others do not learn whether a key is one of a dictionary, whose names a policy may change.
        if (type.Options.TypeInfoResolver is null || type.Options.DictionaryKeyPolicy is not null)
        {
            return type;
        }

        // One that was changed by itself says more than can be found by its options.
        type.Options.MakeReadOnly();
        if (!type.Options.TryGetTypeInfo(typeof(T), out var found) || found != type)
        {
            return type;
        }

        // Behind those of the application, which come first.
        var options = new JsonSerializerOptions(type.Options);
        options.Converters.Add(new TextConverter());
        options.Converters.Add(new BytesConverter<byte[]>(bytes => bytes));
        options.Converters.Add(new BytesConverter<Memory<byte>>(bytes => bytes));
        options.Converters.Add(new BytesConverter<ReadOnlyMemory<byte>>(bytes => bytes));
        return (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
    }

    private sealed class TextConverter : JsonConverter<string>
    {
        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
        {
            if (value.Length <= PieceLength)
            {
                writer.WriteStringValue(value);
                return;
            }

            var text = value.AsSpan();
            for (; text.Length > PieceLength; text = text[PieceLength..])
            {
                writer.WriteStringValueSegment(text[..PieceLength], isFinalSegment: false);
            }

            writer.WriteStringValueSegment(text, isFinalSegment: true);
        }

        public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
            writer.WritePropertyName(value);

        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();
    }

    private sealed class BytesConverter<TBytes>(Func<TBytes, ReadOnlyMemory<byte>> get) : JsonConverter<TBytes>
    {
        public override void Write(Utf8JsonWriter writer, TBytes value, JsonSerializerOptions options)
        {
            var bytes = get(value).Span;
            if (bytes.Length <= PieceLength)
            {
                writer.WriteBase64StringValue(bytes);
                return;
            }

            for (; bytes.Length > PieceLength; bytes = bytes[PieceLength..])
            {
                writer.WriteBase64StringSegment(bytes[..PieceLength], isFinalSegment: false);
            }

            writer.WriteBase64StringSegment(bytes, isFinalSegment: true);
        }

        public override TBytes Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();
    }

    private sealed class Pieces : IBufferWriter<byte>, IDisposable
    {
        private readonly ArrayBufferWriter<byte> _block = new();
        private readonly GatheredBytes _before = new();

        public void Advance(int count) => _block.Advance(count);

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (_block.WrittenCount + sizeHint > BlockMaxBytes)
            {
                _before.Add(_block.WrittenSpan);
                _block.ResetWrittenCount();
            }

            return _block.GetMemory(sizeHint);
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public byte[] Join() => _before.Join(new ReadOnlySequence<byte>(_block.WrittenMemory));

        public void Dispose() => _before.Dispose();
    }
}
