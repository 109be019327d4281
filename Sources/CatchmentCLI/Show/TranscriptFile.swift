import Catchment
import DuckDB

/// An image or another file of a message or a call, kept in the raw store.
struct TranscriptFile {
  /// 64 hexadecimal digits: it comes out of data, and becomes part of a path.
  let sha256: String
  /// Nil when the platform states none.
  let mediaType: String?
  let bytes: Int64?

  /// Those of a row whose columns, from `column` on, are lists of hashes, of types and of sizes.
  static func all(_ row: [Value], from column: Int) -> [TranscriptFile] {
    let lists = row[column..<column + 3].map { value -> [Value] in
      if case .list(let values) = value { values } else { [] }
    }
    return lists[0].indices.compactMap { place in
      guard let sha256 = lists[0][place].text, sha256.utf8.count == 64,
        sha256.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
      else { return nil }
      func value(_ list: Int) -> String? {
        lists[list].indices.contains(place) ? lists[list][place].text : nil
      }
      return TranscriptFile(
        sha256: sha256, mediaType: value(1), bytes: value(2).flatMap { Int64($0) })
    }
  }

  /// The three columns that `all` reads, of a value in JSON.
  ///
  /// Each is a list over the same references, with NULL where one does not have the member.
  static func columns(of value: String) -> String {
    ["sha256", "media_type", "bytes"].map { member in
      """
      list_transform(json_extract(\(value), '$..artifact'),
        lambda reference: json_extract_string(reference, '$.\(member)'))
      """
    }.joined(separator: ", ")
  }

  /// What it is, in words: `image/png, 29 B, SHA-256 1f117ab884be`.
  var title: String {
    [mediaType ?? "file", bytes.map(Figures.bytes), "SHA-256 \(sha256.prefix(12))"]
      .compactMap(\.self).joined(separator: ", ").safe
  }

  /// The type of an image that a browser shows and in which nothing can run; nil for other files.
  var imageType: String? {
    switch mediaType?.lowercased() {
    case "image/jpg": "image/jpeg"
    case let type? where ["image/png", "image/jpeg", "image/gif", "image/webp"].contains(type): type
    default: nil
    }
  }

  /// What its name ends with, when it is such an image.
  var imageExtension: String? {
    imageType.map { $0 == "image/jpeg" ? "jpg" : String($0.dropFirst("image/".count)) }
  }

  var json: JSON {
    JSON([
      "sha256": .text(sha256), "media_type": mediaType.map(JSON.text) ?? .null,
      "bytes": .integer(bytes),
    ])
  }
}
