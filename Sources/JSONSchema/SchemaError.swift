/// Why a document is no schema that can be used, and where.
public struct SchemaError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The place: the schema's URI, `#` and a JSON Pointer.
  public var location: String

  /// What is wrong, a sentence.
  public var message: String

  public var description: String { "\(location): \(message)" }
}

/// Why a value does not suit a schema, and where.
public struct SchemaFault: Sendable, Equatable, CustomStringConvertible {
  /// A JSON Pointer to the part of the value; empty for all of it.
  public var instanceLocation: String

  /// The keyword that refused it: the schema's URI, `#` and a JSON Pointer.
  public var schemaLocation: String

  /// What was expected, a sentence that does not repeat the value.
  public var message: String

  public init(instanceLocation: String, schemaLocation: String, message: String) {
    self.instanceLocation = instanceLocation
    self.schemaLocation = schemaLocation
    self.message = message
  }

  public var description: String {
    "\(instanceLocation.isEmpty ? "(all)" : instanceLocation): \(message) (\(schemaLocation))"
  }
}
