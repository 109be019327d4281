import Catchment
import CatchmentCatalogue
import CatchmentConversations
import CatchmentEngine
import Foundation

extension GlobalOptions {
  /// What ships, with the home's own prices in its views.
  func sources() throws(CatchmentError) -> SourceSet {
    var sources = Catalogue.sources
    guard FileManager.default.fileExists(atPath: ownPrices) else { return sources }
    let views = ConversationViews.all(prices: try prices(nil))
    let names = Set(views.map(\.name))
    sources.views = sources.views.filter { !names.contains($0.name) } + views
    return sources
  }

  /// The shipped prices, but for the models of the file given, else of the home's `prices.csv`.
  func prices(_ path: String?) throws(CatchmentError) -> PriceTable {
    guard let path = path ?? (FileManager.default.fileExists(atPath: ownPrices) ? ownPrices : nil)
    else { return .shipped }
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw CatchmentError(
        .configuration, "the prices in \(path) cannot be read",
        hint: "name a file of prices in CSV; `catchment stats --help` says more",
        cause: error.localizedDescription)
    }
    return PriceTable.shipped.overridden(by: try PriceTable(csv: text, path: path))
  }

  private var ownPrices: String { "\(home.path)/prices.csv" }
}
