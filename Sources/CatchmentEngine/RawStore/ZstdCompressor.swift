internal import CZstd
internal import Catchment

/// One zstd context, used again for every page.
///
/// Not shared between threads.
final class ZstdCompressor {
  /// How far back a repetition is looked for, as a power of two of bytes: a whole page, which is
  /// smaller and a little quicker than the quickest level's own half.
  private static let window: Int32 = 20

  private let context: OpaquePointer
  private var output = ContiguousArray<UInt8>()

  /// - Parameter level: 1 is quickest; agent logs shrink seven times at it.
  init(level: Int32) throws(CatchmentError) {
    guard let context = ZSTD_createCCtx() else {
      throw CatchmentError(.failed, "zstd could not allocate a compression context")
    }
    self.context = context
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Self.window)
  }

  deinit { ZSTD_freeCCtx(context) }

  /// Compresses some pieces of input as one frame, handing each piece of output to `body`: however
  /// long the input is, nothing as long is held.
  ///
  /// The same pieces always give the same bytes.
  func stream(
    _ pieces: [UnsafeRawBufferPointer],
    _ body: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    ZSTD_CCtx_reset(context, ZSTD_reset_session_only)
    ZSTD_CCtx_setPledgedSrcSize(context, UInt64(pieces.reduce(0) { $0 + $1.count }))
    reserve(ZSTD_CStreamOutSize())
    for (index, piece) in pieces.enumerated() {
      try stream(piece, isLast: index == pieces.count - 1, body)
    }
  }

  private func stream(
    _ piece: UnsafeRawBufferPointer, isLast: Bool,
    _ body: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    var source = ZSTD_inBuffer(src: piece.baseAddress, size: piece.count, pos: 0)
    var isDone = false
    while !isDone {
      try output.withUnsafeMutableBufferPointer { (space) throws(CatchmentError) in
        var target = ZSTD_outBuffer(dst: space.baseAddress, size: space.count, pos: 0)
        let left = ZSTD_compressStream2(
          context, &target, &source, isLast ? ZSTD_e_end : ZSTD_e_continue)
        try check(left)
        try body(UnsafeRawBufferPointer(start: space.baseAddress, count: target.pos))
        isDone = isLast ? left == 0 : source.pos == source.size
      }
    }
  }

  private func reserve(_ size: Int) {
    if output.count < size { output = ContiguousArray(repeating: 0, count: size) }
  }

  private func check(_ result: Int) throws(CatchmentError) {
    guard ZSTD_isError(result) == 0 else {
      let reason = String(cString: ZSTD_getErrorName(result))
      throw CatchmentError(.failed, "zstd could not compress", cause: reason)
    }
  }

  /// Hands the compressed bytes to `body`; they are valid inside it only.
  func compress<R>(
    _ input: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    reserve(ZSTD_compressBound(input.count))
    return try output.withUnsafeMutableBufferPointer { (space) throws(CatchmentError) in
      let size = ZSTD_compress2(
        context, space.baseAddress, space.count, input.baseAddress, input.count)
      try check(size)
      return try body(UnsafeRawBufferPointer(start: space.baseAddress, count: size))
    }
  }
}
