internal import JSONTape

extension RollbackPlan.Run {
  /// The counts alone, as a JSON object, for the audit log.
  var counts: String {
    func object(_ tables: [String: Int]) -> String {
      let members = tables.sorted { $0.key < $1.key }
        .map { "\(JSONString.quoted($0.key)):\($0.value)" }
      return "{\(members.joined(separator: ","))}"
    }
    return "{\"deleted\":\(object(deleted)),\"restored\":\(object(restored))}"
  }
}
