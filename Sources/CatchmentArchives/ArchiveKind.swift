internal import CArchive
internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// How an archive is to be opened, by its first bytes.
enum ArchiveKind {
  case zip, sevenZip, gzip
  /// tar, or what is compressed by bzip2, xz or zstd; or no archive at all.
  case packed, other

  /// As far as the mark of tar, which stands behind its first fields.
  static let signatureSize = 262

  private static let signatures: [(ArchiveKind, [UInt8])] = [
    (.zip, ZIPDirectory.signature), (.zip, ZIPDirectory.emptySignature),
    (.sevenZip, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]), (.gzip, GzipStream.signature),
    (.packed, Array("BZh".utf8)), (.packed, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),
    (.packed, [0x28, 0xB5, 0x2F, 0xFD]),
  ]

  init(beginning bytes: [UInt8]) {
    if let known = Self.signatures.first(where: { bytes.starts(with: $0.1) }) {
      self = known.0
    } else {
      self = bytes.dropFirst(257).starts(with: "ustar".utf8) ? .packed : .other
    }
  }

  init(of path: String) throws(CatchmentError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", path, code: .sourceUnavailable) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Self.signatureSize)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count >= 0 else { throw .system("read", path, code: .sourceUnavailable) }
    self.init(beginning: Array(bytes[..<count]))
  }

  /// Only what the beginning promised: an archive cannot be taken for another than was checked.
  func support(in archive: OpaquePointer) {
    switch self {
    case .zip: archive_read_support_format_zip_seekable(archive)
    case .sevenZip: archive_read_support_format_7zip(archive)
    case .gzip, .packed, .other:
      archive_read_support_format_tar(archive)
      archive_read_support_format_raw(archive)
    }
    guard self == .packed || self == .other else { return }
    archive_read_support_filter_bzip2(archive)
    archive_read_support_filter_xz(archive)
    archive_read_support_filter_zstd(archive)
  }
}
