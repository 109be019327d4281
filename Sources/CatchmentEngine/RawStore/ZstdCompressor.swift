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

  /// Hands the compressed bytes to `body`; they are valid inside it only.
  func compress<R>(
    _ input: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    let bound = ZSTD_compressBound(input.count)
    if output.count < bound { output = ContiguousArray(repeating: 0, count: bound) }
    return try output.withUnsafeMutableBufferPointer { (space) throws(CatchmentError) in
      let size = ZSTD_compress2(
        context, space.baseAddress, space.count, input.baseAddress, input.count)
      guard ZSTD_isError(size) == 0 else {
        let reason = String(cString: ZSTD_getErrorName(size))
        throw CatchmentError(.failed, "zstd could not compress", cause: reason)
      }
      return try body(UnsafeRawBufferPointer(start: space.baseAddress, count: size))
    }
  }
}
