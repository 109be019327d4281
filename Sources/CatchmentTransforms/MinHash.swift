internal import DuckDB

/// Numbers that texts have alike when they share many of their trigrams, the more probably the more
/// they share.
///
/// With 16 bands of 3, texts that share four tenths have one of them alike as often as not; with seven
/// tenths they nearly always do.
enum MinHash {
  static let function = "catchment_minhash_band"
  static let bands = 16
  private static let rows: UInt64 = 3

  /// Makes `catchment_minhash_band(text, band)` known.
  static func register(in connection: Connection) throws(DuckDBError) {
    try connection.register(
      ScalarFunction(function, parameters: [.varchar, .bigint], returns: .ubigint) {
        input, output in
        let (texts, bands) = (input.column(0), input.column(1))
        for row in 0..<input.rowCount {
          if !texts.isNull(at: row) {
            let number = bands.uint64(at: row)
            output.set(0, texts.withBytes(at: row) { band($0, number) })
          }
          try output.endRow()
        }
      })
  }

  /// The least hashes of a text's trigrams, by three functions of the band, in one number.
  private static func band(_ text: UnsafeRawBufferPointer, _ band: UInt64) -> UInt64 {
    var number: UInt64 = band
    for row in 0..<rows {
      let seed = mixed(band * rows + row + 1)
      var least = UInt64.max
      for place in 0..<max(1, text.count - 2) {
        var gram: UInt64 = 0
        for byte in text[place..<min(place + 3, text.count)] { gram = gram << 8 | UInt64(byte) }
        least = min(least, mixed(gram ^ seed))
      }
      number = mixed(number ^ least)
    }
    return number
  }

  /// The finaliser of SplitMix64.
  private static func mixed(_ number: UInt64) -> UInt64 {
    var number = number &+ 0x9e37_79b9_7f4a_7c15
    number = (number ^ number >> 30) &* 0xbf58_476d_1ce4_e5b9
    number = (number ^ number >> 27) &* 0x94d0_49bb_1331_11eb
    return number ^ number >> 31
  }
}
