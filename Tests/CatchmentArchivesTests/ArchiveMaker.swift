import CArchive
import CatchmentTesting

/// Makes archives for tests, by the library that others make them by.
struct ArchiveMaker {
  enum Format: String, CaseIterable {
    case zip = "zip"
    case tar = "tar"
    case tarGzip = "tar.gz"
    case tarBzip2 = "tar.bz2"
    case tarXZ = "tar.xz"
    case tarZstd = "tar.zst"
    case sevenZip = "7z"
    case gzip = "csv.gz"
    case bzip2 = "csv.bz2"
    case xz = "csv.xz"
    case zstd = "csv.zst"

    /// Holds one file, without a name.
    var isBare: Bool { rawValue.hasPrefix("csv") }
  }

  struct Entry {
    var name: String
    var bytes: [UInt8] = []
    /// As `stat` has it.
    var mode: mode_t = 0o100644
    var symlink: String?
    var hardlink: String?
  }

  static func make(_ entries: [Entry], _ format: Format, at path: String) throws {
    guard let archive = archive_write_new() else { throw TestFailure("libarchive failed") }
    defer { archive_write_free(archive) }
    prepare(archive, format)
    guard archive_write_open_filename(archive, path) == ARCHIVE_OK else { throw failure(archive) }
    for entry in entries { try write(entry, to: archive) }
    guard archive_write_close(archive) == ARCHIVE_OK else { throw failure(archive) }
  }

  private static func prepare(_ archive: OpaquePointer, _ format: Format) {
    switch format {
    case .zip: archive_write_set_format_zip(archive)
    case .sevenZip: archive_write_set_format_7zip(archive)
    case .gzip, .bzip2, .xz, .zstd: archive_write_set_format_raw(archive)
    default: archive_write_set_format_pax_restricted(archive)
    }
    switch format {
    case .tarGzip, .gzip: archive_write_add_filter_gzip(archive)
    case .tarBzip2, .bzip2: archive_write_add_filter_bzip2(archive)
    case .tarXZ, .xz: archive_write_add_filter_xz(archive)
    case .tarZstd, .zstd: archive_write_add_filter_zstd(archive)
    default: break
    }
  }

  private static func write(_ entry: Entry, to archive: OpaquePointer) throws {
    let header = archive_entry_new()
    defer { archive_entry_free(header) }
    archive_entry_set_pathname(header, entry.name)
    archive_entry_set_mode(header, entry.mode)
    archive_entry_set_size(header, Int64(entry.bytes.count))
    if let target = entry.symlink { archive_entry_set_symlink(header, target) }
    if let target = entry.hardlink { archive_entry_set_hardlink(header, target) }
    guard archive_write_header(archive, header) == ARCHIVE_OK else { throw failure(archive) }
    guard archive_write_data(archive, entry.bytes, entry.bytes.count) == entry.bytes.count else {
      throw failure(archive)
    }
  }

  private static func failure(_ archive: OpaquePointer) -> TestFailure {
    TestFailure(archive_error_string(archive).map { String(cString: $0) } ?? "libarchive failed")
  }
}
