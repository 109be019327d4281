public import Catchment

/// The views over the conversation tables.
///
/// `Documentation/tables.md` lists them for users.
public enum ConversationViews {
  /// With the prices that ship with Catchment.
  public static let shipped = all(prices: .shipped)

  /// Each after those that it names.
  public static func all(prices: PriceTable) -> [View] {
    DuplicateViews.all + CostViews.all(prices) + UsageViews.all + ToolViews.all + ContextViews.all
      + TurnViews.all + EditViews.all + PlaceViews.all + ArtifactViews.all
  }
}
