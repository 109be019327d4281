internal import Catchment

extension [Relation.Column] {
  /// SQL for the values one after another, so that no two rows read alike.
  var rowText: String {
    let values = map { column in
      let value = "\(SQL.identifier(column.name))::VARCHAR"
      return "coalesce(length(\(value)) || \u{27}:\u{27} || \(value), \u{27}-\u{27})"
    }
    return values.joined(separator: " || \u{27}/\u{27} || ")
  }
}
