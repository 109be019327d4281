public import JSONTape

/// A schema of JSON Schema draft 2020-12, compiled once, which then judges any number of values.
///
/// All of the draft's required keywords are obeyed; `format`, the `content…` keywords and the
/// descriptive ones say something about a value but refuse none. Numbers are compared exactly,
/// lengths count code points, and references lead to what the store holds, never to a network.
///
/// A compiled schema is not changed by judging, but Swift's regular expressions keep it to one
/// isolation domain: compile one for each.
///
/// ```swift
/// let schema = try JSONSchema(text)
/// for fault in schema.faults(in: value) { print(fault) }
/// ```
public struct JSONSchema {
  private let program: Program

  /// Compiles a schema; `uri` is where it was found, against which its `$id` is read.
  ///
  /// - Throws: `SchemaError` where it is no JSON, a keyword has a value it cannot have, a reference
  ///   leads nowhere, or a vocabulary is required that is not known.
  public init(_ text: String, uri: String = "", store: SchemaStore = .init()) throws(SchemaError) {
    var compiler = Compiler(store)
    program = try compiler.compile(try Literal(document: text, uri), uri)
  }

  /// Compiles a schema that is a value already.
  public init(
    _ document: JSONValue, uri: String = "", store: SchemaStore = .init()
  ) throws(SchemaError) {
    var compiler = Compiler(store)
    program = try compiler.compile(Literal(document), uri)
  }

  /// Whether a value suits the schema.
  public func accepts(_ value: JSONValue) -> Bool {
    var validation = Validation(program, isTelling: false)
    return validation.accepts(value)
  }

  /// Why a value does not suit the schema; nothing if it does.
  ///
  /// Of the alternatives of an `anyOf` or a `oneOf` it only says that none, or not one, fits.
  public func faults(in value: JSONValue) -> [SchemaFault] {
    var validation = Validation(program, isTelling: true)
    _ = validation.accepts(value)
    return validation.faults
  }
}

extension Literal {
  /// The value of a whole document.
  init(document text: String, _ uri: String) throws(SchemaError) {
    let parser = TapeParser()
    var text = text
    let parsed = text.withUTF8 { bytes in
      Result { () throws(JSONError) in
        Literal(try parser.parse(UnsafeRawBufferPointer(bytes), isPadded: false))
      }
    }
    switch parsed {
    case .success(let literal): self = literal
    case .failure(let error):
      throw SchemaError(location: "\(uri)#", message: "It is not JSON: \(error)")
    }
  }
}
