public import Catchment
internal import DuckDB
internal import Foundation

/// Gives texts a label: by rules first, then by a classifier that has learnt from labelled texts.
///
/// ```swift
/// .transform(.categorise(["subject"], rules: [.init("invoice", keywords: ["invoice", "bill"])]))
/// .transform(.categorise(["subject"], learningFrom: "labelled.csv", labels: "topic"))
/// ```
public struct Categorise: Transform, Configurable {
  /// More teach hardly anything, and take time.
  private static let mostExamples = 20_000
  /// Of each a weight is kept for every word.
  private static let mostLabels = 100
  public static let kind = "categorise"
  public static let summary =
    "Gives texts a label: by rules, and by a classifier trained on labelled texts."
  public static var options: [StepOption<Categorise>] {
    [
      .required("columns", \.columns, "The columns of text that are read."),
      .optional(
        "rules", \.rules,
        """
        Labels that are certain, each { label, and contains, keywords or regex }; the first that fits \
        is taken. Capitals make no difference but in regex.
        """),
      .optional(
        "train", \.train,
        "A file of labelled texts with the same columns: .csv or .tsv, .json or .jsonl, .parquet."),
      .optional(
        "labels", \.labels,
        """
        The column with the labels, of the file; without one, of the rows: those that have a label \
        teach, and keep it.
        """),
      .optional(
        "model", \.model,
        "A file that what was learnt is written to, or read from when nothing is there to learn from."
      ),
      .optional(
        "threshold", \.threshold, "What is less probable than this, from 0 to 1, is unknown."),
      .optional("unknown", \.unknown, "The label of what is unknown."),
      .optional("category", \.category, "What the column of the labels is called."),
      .optional("reason", \.reason, "What the column with the reason in words is called."),
    ]
  }

  var columns: [String] = []
  var rules: [CategoryRule] = []
  var train: String?
  var labels: String?
  var model: String?
  var threshold = 0.6
  var unknown = "unknown"
  var category = "category"
  var reason = "category_reason"

  public init() {}

  public mutating func locate(in directory: String) {
    train = train.map { Path.joined($0, to: directory) }
    model = model.map { Path.joined($0, to: directory) }
  }

  public func check() throws(OptionError) {
    if columns.isEmpty { throw OptionError("needs at least one column") }
    if !(0...1).contains(threshold) { throw OptionError("has a threshold that is not from 0 to 1") }
    if train != nil, labels == nil {
      throw OptionError("needs labels: the column of the file that has them")
    }
    if rules.isEmpty, labels == nil, model == nil {
      throw OptionError("needs rules, labels to learn from, or a model")
    }
  }

  /// The accuracy, measured on texts that were held out in turn, is in the step's measures.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let text = try Self.text(of: input.columns(named: columns, for: name))
    try Rename.refuseDuplicates(in: input.columns.map(\.name) + [category, reason], of: name)
    let classifier = try self.classifier(input, in: bench)
    let shelf = Shelf<TextClassifier>()
    defer { shelf.clear() }
    if let classifier { shelf.put(classifier) }
    let told = classifier == nil ? nil : try register(shelf, in: bench)
    let given = train == nil ? try labels(of: input) : nil
    let choice = choice(on: text, given, told)
    let judged = try bench.table("SELECT *, \(choice) AS _verdict FROM \(input.sql)")
    var result = try Transformed(
      each: judged,
      as: """
        \(input.columnList), _verdict[1] AS \(SQL.identifier(category)), \
        _verdict[2] AS \(SQL.identifier(reason))
        """, in: bench)
    if let classifier, classifier.tried > 0 {
      result.measures = [
        StepMeasure("accuracy", sum: Double(classifier.right), of: classifier.tried)
      ]
    }
    return result
  }

  /// SQL for a label and a reason: the label that is given, then the rules, then what was learnt.
  private func choice(on text: String, _ given: Relation.Column?, _ told: String?) -> String {
    let nothing = "[\(SQL.literal(unknown)), 'nothing is known of it']"
    var cases = rules.enumerated().flatMap { place, rule in
      rule.conditions(on: text).map { condition in
        let why = "rule \(place + 1): \(condition.reason)"
        return "WHEN \(condition.sql) THEN [\(SQL.literal(rule.label)), \(SQL.literal(why))]"
      }
    }
    if let given {
      let name = SQL.identifier(given.name)
      cases.insert("WHEN \(name) IS NOT NULL THEN [\(name)::VARCHAR, 'labelled so']", at: 0)
    }
    let rest = told.map { "coalesce(string_split(\($0)(\(text)), chr(1)), \(nothing))" } ?? nothing
    return cases.isEmpty ? rest : "CASE \(cases.joined(separator: " ")) ELSE \(rest) END"
  }

  private static func text(of columns: [Relation.Column]) -> String {
    let values = columns.map { "\(SQL.identifier($0.name))::VARCHAR" }
    return "concat_ws(' ', \(values.joined(separator: ", ")))"
  }

  private func labels(of input: Relation) throws(CatchmentError) -> Relation.Column? {
    guard let labels else { return nil }
    return try input.column(named: labels, for: name)
  }

  // MARK: The classifier

  /// What a file teaches is learnt once a run; what rows teach, of those of each unit.
  private func classifier(
    _ input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> TextClassifier? {
    guard labels == nil || train != nil else { return try learn(from: input, in: bench) }
    let lesson = [columns, [train ?? "", labels ?? "", model ?? ""]]
    return try bench.once("\(name) \(lesson)") { () throws(CatchmentError) in
      try learn(from: input, in: bench)
    }
  }

  private func learn(
    from input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> TextClassifier? {
    guard let labels else {
      guard let model else { return nil }
      return try ModelFile(model).read()
    }
    var source = input
    if let train { source = try LookupTable(train, "").read(in: bench) }
    let label = try "\(SQL.identifier(source.column(named: labels, for: name).name))::VARCHAR"
    let text = try Self.text(of: source.columns(named: columns, for: name))
    let rows = try bench.query(
      """
      SELECT \(text) AS text, \(label) AS label FROM \(source.sql)
      WHERE label IS NOT NULL AND trim(text) <> ''
      ORDER BY md5(text || '/' || label), text, label LIMIT \(Self.mostExamples)
      """)
    let examples = rows.map {
      TextClassifier.Example(text: $0[0].text ?? "", label: $0[1].text ?? "")
    }
    guard !examples.isEmpty else { return nil }
    let count = Set(examples.map(\.label)).count
    guard count <= Self.mostLabels else {
      throw CatchmentError(
        .configuration,
        "\(name): \(labels) has \(count) labels, and at most \(Self.mostLabels) can be learnt",
        hint: "name the column of the labels")
    }
    let classifier = TextClassifier(trainedOn: examples)
    if let model { try ModelFile(model).write(classifier) }
    return classifier
  }

  /// A function that tells the label and, after a control character, the reason.
  private func register(
    _ shelf: Shelf<TextClassifier>, in bench: Workbench
  ) throws(CatchmentError) -> String {
    let function = "categorise_\(UUID().uuidString.replacing("-", with: ""))"
    let (threshold, unknown) = (Float(threshold), unknown)
    do throws(DuckDBError) {
      try bench.connection.register(
        ScalarFunction(function, parameters: [.varchar], returns: .varchar) { input, output in
          let (texts, classifier) = (input.column(0), shelf.held)
          for row in 0..<input.rowCount {
            if !texts.isNull(at: row), let verdict = classifier?.verdict(on: texts.string(at: row))
            {
              output.setText(0, verdict.told(threshold, unknown))
            }
            try output.endRow()
          }
        })
    } catch {
      throw CatchmentError(.failed, "\(name) could not begin", cause: error.description)
    }
    return function
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        "Rules alone: the first that fits is taken.",
        .categorise(
          ["subject"],
          rules: [
            .init("invoice", keywords: ["invoice", "bill"]), .init("order", regex: "#[0-9]{4}"),
          ]),
        input: """
          id | subject
          1  | Your invoice for May
          2  | Where is #1234?
          3  | Billing
          4  | NULL
          """,
        output: """
          id | subject | category | category_reason
          1  | Your invoice for May | invoice | rule 1: has the word "invoice"
          2  | Where is #1234? | order | rule 2: fits #[0-9]{4}
          3  | Billing | unknown | nothing is known of it
          4  | NULL | unknown | nothing is known of it
          """)
    ]
  }
}

extension TextClassifier.Verdict {
  fileprivate func told(_ threshold: Float, _ unknown: String) -> String {
    let share = String(format: "%.2f", share)
    let words = words.isEmpty ? "" : " by \(words.map { "\"\($0)\"" }.joined(separator: ", "))"
    return self.share >= threshold
      ? "\(label)\u{1}probable to \(share)\(words)"
      : "\(unknown)\u{1}at best \(label), probable to \(share)\(words)"
  }
}

/// What a classifier has learnt, in a file.
private struct ModelFile {
  let path: String

  init(_ path: String) { self.path = path }

  func read() throws(CatchmentError) -> TextClassifier {
    do {
      return try JSONDecoder().decode(
        TextClassifier.self, from: Data(contentsOf: URL(filePath: path)))
    } catch {
      throw CatchmentError(
        .sourceUnavailable, "the model \(path) cannot be read",
        hint: "train it: give train and labels", cause: "\(error)")
    }
  }

  func write(_ classifier: TextClassifier) throws(CatchmentError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    do { try encoder.encode(classifier).write(to: URL(filePath: path), options: .atomic) } catch {
      throw CatchmentError(
        .destinationUnavailable, "the model \(path) cannot be written", cause: "\(error)")
    }
  }
}

extension Transform where Self == Categorise {
  /// Gives texts a label, by rules and by what labelled texts teach.
  ///
  /// - Parameters:
  ///   - path: a file of labelled texts; without one, the rows' own labels teach.
  ///   - model: a file that what was learnt is written to, or read from.
  public static func categorise(
    _ columns: [String], rules: [CategoryRule] = [], learningFrom path: String? = nil,
    labels: String? = nil, model: String? = nil, threshold: Double = 0.6
  ) -> Categorise {
    var step = Categorise()
    (step.columns, step.rules, step.train, step.labels) = (columns, rules, path, labels)
    (step.model, step.threshold) = (model, threshold)
    return step
  }
}
