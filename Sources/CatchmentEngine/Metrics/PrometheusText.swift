/// Figures in Prometheus' text format, version 0.0.4.
///
/// ```swift
/// var text = PrometheusText()
/// text.add("catchment_run_records", "Records of the last run.", [(["outcome": "loaded"], 43)])
/// ```
public struct PrometheusText: Sendable {
  /// A value and the labels that tell it from others of its name, in their order.
  public typealias Sample = (labels: KeyValuePairs<String, String>, value: Double)

  /// Everything that was added.
  public private(set) var text = ""

  /// No figures yet.
  public init() {}

  /// Adds a gauge: a figure that may go up and down.
  ///
  /// Without samples nothing is added. Names of metrics and labels are given as the format wants them; help and values may be any text.
  public mutating func add(_ name: String, _ help: String, _ samples: [Sample]) {
    guard !samples.isEmpty else { return }
    text += "# HELP \(name) \(Self.escaped(help, isQuoted: false))\n# TYPE \(name) gauge\n"
    for sample in samples {
      let labels = sample.labels.map { "\($0.key)=\"\(Self.escaped($0.value, isQuoted: true))\"" }
      let list = labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
      text += "\(name)\(list) \(Self.number(sample.value))\n"
    }
  }

  /// Adds a gauge that has one value, or none when it is not known.
  public mutating func add(_ name: String, _ help: String, _ value: Double?) {
    guard let value else { return }
    let sample: Sample = (labels: [:], value: value)
    add(name, help, [sample])
  }

  private static func escaped(_ text: String, isQuoted: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where isQuoted: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
  }
}
