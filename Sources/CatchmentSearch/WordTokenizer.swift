internal import GRDB
internal import GRDBSQLite

/// The words of a text, for SQLite's full-text index.
final class WordTokenizer: FTS5CustomTokenizer {
  static let name = "catchment"

  private var scanner = WordScanner()

  init(db: GRDB.Database, arguments: [String]) {}

  func tokenize(
    context: UnsafeMutableRawPointer?, tokenization: FTS5Tokenization,
    pText: UnsafePointer<CChar>?, nText: CInt, tokenCallback: @escaping FTS5TokenCallback
  ) -> CInt {
    var status = SQLITE_OK
    let text = UnsafeRawBufferPointer(start: pText, count: Int(nText))
    scanner.scan(text, wholes: !tokenization.contains(.query)) { word in
      word.bytes.withMemoryRebound(to: CChar.self) { bytes in
        status = tokenCallback(
          context, word.isWhole ? FTS5_TOKEN_COLOCATED : 0, bytes.baseAddress,
          CInt(bytes.count), CInt(word.place.lowerBound), CInt(word.place.upperBound))
      }
      return status == SQLITE_OK
    }
    return status
  }
}
