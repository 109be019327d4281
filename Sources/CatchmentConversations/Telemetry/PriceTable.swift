public import Catchment

/// What models cost: list prices in US dollars for a million tokens, each with the day on which a
/// public table stated it.
public struct PriceTable: Sendable, Hashable {
  /// One price of one model.
  struct Row: Sendable, Hashable {
    /// The model's name in lowercase, without what `model_names` takes off.
    var model: String
    /// `2026-11-01`, or nil for one that always held.
    var statedOn: String?
    /// It holds for a request whose input, with what the cache gave and took, has more tokens.
    var aboveTokens: Int
    /// As the file writes them, by column; nil where the table states none.
    var prices: [String?]
    var source: String?
  }

  static let priceColumns = ["input", "output", "cache_read", "cache_write", "cache_write_1h"]

  private(set) var rows: [Row]

  /// The table that ships with Catchment.
  public static let shipped: PriceTable = {
    do throws(CatchmentError) {
      return try PriceTable(
        csv: String(decoding: PackageResources.prices_csv, as: UTF8.self), path: "prices.csv")
    } catch {
      preconditionFailure("the shipped prices are wrong: \(error)")
    }
  }()

  /// Reads a table in CSV: a line of column names, then a line a price; `#` begins a remark.
  ///
  /// The columns `model`, `input` and `output` must be there; `path` is for the words of a failure.
  public init(csv: String, path: String) throws(CatchmentError) {
    rows = []
    var columns: [String: Int]?
    for (index, line) in csv.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let text = line.trimmed
      guard !text.isEmpty, text.first != "#" else { continue }
      let fields = text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
      do throws(PriceError) {
        guard let known = columns else {
          columns = try Self.places(of: fields)
          continue
        }
        rows.append(try Row(fields, known))
      } catch {
        throw CatchmentError(
          .configuration, "\(path):\(index + 1): \(error.reason)",
          hint: "give a line such as `model,input,output`, then `my-model,3,15`: dollars for a "
            + "million tokens")
      }
    }
  }

  /// The same, but for the models that `own` names: those have only its prices.
  public func overridden(by own: PriceTable) -> PriceTable {
    let models = Set(own.rows.map(\.model))
    var table = self
    table.rows = rows.filter { !models.contains($0.model) } + own.rows
    return table
  }

  private static func places(of names: [String]) throws(PriceError) -> [String: Int] {
    var places: [String: Int] = [:]
    for (place, name) in names.enumerated() { places[name.lowercased()] = place }
    for name in ["model", "input", "output"] where places[name] == nil {
      throw PriceError(reason: "there is no column `\(name)`")
    }
    return places
  }
}

private struct PriceError: Error {
  var reason: String
}

extension PriceTable.Row {
  fileprivate init(_ fields: [String], _ places: [String: Int]) throws(PriceError) {
    func field(_ name: String) -> String? {
      guard let place = places[name], place < fields.count, !fields[place].isEmpty else {
        return nil
      }
      return fields[place]
    }
    guard let model = field("model") else { throw PriceError(reason: "the model has no name") }
    self.model = model.lowercased()
    statedOn = try field("stated_on").map(Self.day)
    aboveTokens = try field("above_tokens").map(Self.count) ?? 0
    prices = []
    for column in PriceTable.priceColumns { prices.append(try field(column).map(Self.price)) }
    guard prices[0] != nil, prices[1] != nil else {
      throw PriceError(reason: "`\(model)` needs a price for input and one for output")
    }
    source = field("source")
  }

  private static func price(_ text: String) throws(PriceError) -> String {
    guard let number = Double(text), number >= 0, number.isFinite else {
      throw PriceError(reason: "`\(text)` is no price")
    }
    return "\(number)"
  }

  private static func count(_ text: String) throws(PriceError) -> Int {
    guard let number = Int(text), number >= 0 else {
      throw PriceError(reason: "`\(text)` is no number of tokens")
    }
    return number
  }

  private static func day(_ text: String) throws(PriceError) -> String {
    let parts = text.split(separator: "-").map { Int($0) }
    guard text.utf8.count == 10, parts.count == 3, parts[0] != nil, let month = parts[1],
      let day = parts[2], (1...12).contains(month), (1...28).contains(day)
    else { throw PriceError(reason: "`\(text)` is no day such as 2026-11-01 (28 at most)") }
    return text
  }
}

extension StringProtocol {
  fileprivate var trimmed: String {
    var text = self[...]
    while let last = text.last, last.isWhitespace { text = text.dropLast() }
    while let first = text.first, first.isWhitespace { text = text.dropFirst() }
    return String(text)
  }
}
