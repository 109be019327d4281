public import Catchment
internal import DuckDB

/// Brings texts into one form: spaces, case, Unicode, phone numbers, e-mail addresses, dates.
///
/// ```swift
/// .transform(.normalise(["name": [.trim, .collapse, .title], "phone": [.phone("CH")]]))
/// ```
public struct Normalise: Transform, Configurable {
  /// What becomes of a value that is none of what it should be.
  public enum Failure: String, OptionWord, Hashable {
    case reject, keep, null
  }

  public static let kind = "normalise"
  public static let summary =
    "Brings texts into one form: spaces, case, Unicode, phone numbers, e-mail addresses, dates."
  public static var options: [StepOption<Normalise>] {
    [
      .required(
        "columns", \.columns,
        """
        What is done with each column, one thing after another: trim (spaces at both ends), collapse \
        (many spaces to one), lower, upper, title, nfc (Unicode's composed form), email, \
        { phone: CH } (E.164; numbers without a country are of that one), { date: ["%d.%m.%Y"] } (to \
        ISO 8601, from these formats).
        """),
      .optional(
        "on_error", \.failure,
        """
        What becomes of a value that is no phone number, e-mail address or date: reject makes a dead \
        letter of the row, keep leaves the value as it was, null takes it away.
        """),
    ]
  }

  var columns = NamedValues<[Form]>()
  var failure = Failure.reject

  public init() {}

  /// Throws `configuration` when a column is not there or holds no text.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    var expressions: [String: String] = [:]
    var rules: [Rejects.Rule] = []
    for member in columns.members {
      let column = try input.text(named: member.name, for: name)
      let name = SQL.identifier(column.name)
      let form = member.value.reduce(name) { $1.sql(of: $0) }
      let kinds = member.value.compactMap(\.failure)
      expressions[column.name] =
        failure == .keep && !kinds.isEmpty ? "coalesce(\(form), \(name))" : form
      guard failure == .reject, let kind = kinds.first else { continue }
      rules.append(
        Rejects.Rule(
          "\(name) IS NOT NULL AND \(form) IS NULL", code: kind.code, column: column.name,
          kind.message))
    }
    return try Transformed(
      each: input, as: input.list(replacing: expressions), refusing: rules, in: bench)
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        "Names, phone numbers, addresses and dates, in one form each.",
        .normalise([
          "name": [.trim, .collapse, .title], "phone": [.phone("CH")], "mail": [.email],
          "born": [.date(["%d.%m.%Y", "%Y-%m-%d"])],
        ]),
        input: """
          name              | phone             | mail              | born
          "  ada  LOVELACE" | 044 668 18 00     | Ada@Example.org   | 10.12.1815
          jean-luc o'neil   | +41 (0)79 1234567 | NULL              | 2001-01-31
          Grace             | 0033 1 42 68 53 00 | NULL             | NULL
          Alan              | 12                | NULL              | NULL
          """,
        output: """
          name            | phone        | mail            | born
          Ada Lovelace    | +41446681800 | ada@example.org | 1815-12-10
          Jean-Luc O'neil | +41791234567 | NULL            | 2001-01-31
          Grace           | +33142685300 | NULL            | NULL
          """,
        rejects: """
          code  | column | value: VARCHAR | message
          phone | phone  | 12             | "12" is no phone number
          """)
    ]
  }
}

extension Transform where Self == Normalise {
  /// Brings texts into one form, each by what is done with its column, one thing after another.
  public static func normalise(
    _ columns: KeyValuePairs<String, [Normalise.Form]>, onError failure: Normalise.Failure = .reject
  ) -> Normalise {
    var step = Normalise()
    step.columns = NamedValues(columns)
    step.failure = failure
    return step
  }
}

extension Relation {
  /// The column that a step names, which must be one of texts.
  func text(named name: String, for step: String) throws(CatchmentError) -> Column {
    let column = try column(named: name, for: step)
    guard column.type == .varchar else {
      throw CatchmentError(
        .configuration, "\(step): the column \(column.name) is \(column.type) and holds no text",
        hint: "cast it to VARCHAR in a step before")
    }
    return column
  }
}
