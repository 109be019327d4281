/// A small step from one version of the unified form to the next.
///
/// It is a pure function of the conversation and is never changed once there are exports of the next
/// version. The chain of all makes any older line a newest one: when it is read, or when a file is
/// written anew with `catchment migrate rewrite`.
struct UnifiedUpgrade: Sendable {
  /// The version that it takes up by one.
  var from: Int
  var apply: @Sendable (inout UnifiedConversation) -> Void
}

extension UnifiedConversation {
  /// In order, without a gap.
  static let upgrades = [machine]

  /// Conversations know the machine that they come from; older lines do not.
  private static let machine = UnifiedUpgrade(from: 1) { unified in
    unified.conversation["machine"] = unified.conversation["machine"] ?? "null"
  }
}
