public import JSONSchema
public import JSONTape

/// The contract of a unified conversation: `Documentation/unified-conversation.schema.json`.
public enum UnifiedSchema {
  /// The version of the form, which each object states.
  public static let version = UnifiedConversation.newestVersion

  /// The published schema, which is in the program itself.
  public static let text = String(
    decoding: PackageResources.unified_conversation_schema_json, as: UTF8.self)

  static let uri = "urn:catchment:unified-conversation:\(version)"
}

/// The parts of a unified conversation that can be judged one by one.
public enum UnifiedPart: String, Sendable, CaseIterable {
  /// The whole object.
  case whole = ""
  case conversation
  case message
  case toolCall = "tool_call"
  case summary

  /// Where the schema has it.
  var reference: String {
    self == .whole ? UnifiedSchema.uri : "\(UnifiedSchema.uri)#/$defs/\(rawValue)"
  }
}

/// Judges unified conversations as their schema does, and quickly.
///
/// Whether a value suits is told by forms that were read out of the schema; tests show that they
/// accept and refuse exactly what the schema does. What they refuse is given to the schema itself,
/// which says where and why. One belongs to one thread.
public final class UnifiedJudge {
  private let forms: UnifiedForms?
  private var schemas: [UnifiedPart: JSONSchema] = [:]

  public init() { forms = UnifiedForms(UnifiedSchema.text) }

  /// Whether the forms know all that the schema demands; if not, the schema judges alone.
  public var isQuick: Bool { forms != nil }

  /// Whether a value is this part of a unified conversation.
  public func accepts(_ value: JSONValue, as part: UnifiedPart = .whole) -> Bool {
    guard let form = forms?[part] else { return faults(in: value, as: part).isEmpty }
    return form.accepts(value)
  }

  /// The same, by the schema alone, with what is wrong.
  public func faults(in value: JSONValue, as part: UnifiedPart = .whole) -> [SchemaFault] {
    do throws(SchemaError) {
      return try schema(part).faults(in: value)
    } catch {
      return [
        SchemaFault(
          instanceLocation: "", schemaLocation: error.location, message: error.message)
      ]
    }
  }

  private func schema(_ part: UnifiedPart) throws(SchemaError) -> JSONSchema {
    if let known = schemas[part] { return known }
    let made = try JSONSchema(
      "{\"$ref\":\"\(part.reference)\"}",
      store: SchemaStore([UnifiedSchema.uri: UnifiedSchema.text]))
    schemas[part] = made
    return made
  }
}

extension SchemaFault {
  /// The keyword that refused the value: `enum`.
  public var keyword: String {
    String(schemaLocation[(schemaLocation.lastIndex(of: "/") ?? schemaLocation.startIndex)...])
      .replacing("/", with: "")
  }
}
