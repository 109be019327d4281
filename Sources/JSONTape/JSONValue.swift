/// A view of one value of a parsed document: two words, free to copy.
///
/// It points into the parser's buffers and into the document's bytes, and so is valid until the
/// parser's next `parse`, while the parser and those bytes live. Nothing checks this; keep what you
/// need as `String`, `Int64` and so on.
///
/// ```swift
/// let line = try parser.parse(bytes, isPadded: false)
/// let tokens = line["message"]?["usage"]?["output_tokens"]?.int64 ?? 0
/// ```
public struct JSONValue {
  let tape: UnsafePointer<Tape>
  let index: UInt32
  let structural: UInt32

  /// The kinds of value; numbers are told apart by what holds them exactly.
  public enum Kind: Sendable {
    case object, array, string
    /// A whole number, written without fraction or exponent, that fits `Int64`.
    case integer
    /// One above `Int64.max` that fits `UInt64`.
    case unsignedInteger
    /// One that fits neither; `numberText` has its digits.
    case bigInteger
    /// A number with a fraction or an exponent; infinite if beyond a double's range, as 1e999.
    case double
    case boolean, null
  }

  /// Read from the tape in a step; nothing is decoded for it.
  public var kind: Kind {
    switch mark {
    case Tape.Mark.object: .object
    case Tape.Mark.array: .array
    case Tape.Mark.string: .string
    case Tape.Mark.integer: .integer
    case Tape.Mark.unsignedInteger: .unsignedInteger
    case Tape.Mark.bigInteger: .bigInteger
    case Tape.Mark.double: .double
    case Tape.Mark.null: .null
    default: .boolean
    }
  }

  @inline(__always)
  var mark: UInt8 { tape.pointee.mark(at: index) }

  private var bits: UInt64 { tape.pointee.words[Int(index) + 1] }

  /// Whether it is a `null` that is written; a member that is absent has no value at all.
  public var isNull: Bool { mark == Tape.Mark.null }

  /// The value of a `true` or `false`; nil for all else, also for 0 and 1.
  public var boolean: Bool? {
    switch mark {
    case Tape.Mark.yes: true
    case Tape.Mark.no: false
    default: nil
    }
  }

  /// The decoded text of a string; an escaped half of a surrogate pair reads as U+FFFD.
  public var text: JSONText? {
    mark == Tape.Mark.string ? tape.pointee.text(at: index) : nil
  }
}

extension JSONValue {
  /// The value of an `integer`; 1.0 and 1e3 are doubles and give nil.
  public var int64: Int64? {
    mark == Tape.Mark.integer ? Int64(bitPattern: bits) : nil
  }

  /// The value of an `integer` that is not negative, or of an `unsignedInteger`.
  public var uint64: UInt64? {
    switch mark {
    case Tape.Mark.unsignedInteger: bits
    case Tape.Mark.integer: UInt64(exactly: Int64(bitPattern: bits))
    default: nil
    }
  }

  /// Any number as the nearest double.
  public var double: Double? {
    switch mark {
    case Tape.Mark.double: Double(bitPattern: bits)
    case Tape.Mark.integer: Double(Int64(bitPattern: bits))
    case Tape.Mark.unsignedInteger: Double(bits)
    case Tape.Mark.bigInteger: numberText.flatMap { Double(String($0)) }
    default: nil
    }
  }

  /// A number as it is written, `1.50` or `-0`: what an exact decimal is made from.
  public var numberText: JSONText? {
    switch mark {
    case Tape.Mark.integer, Tape.Mark.unsignedInteger, Tape.Mark.double, Tape.Mark.bigInteger:
      sourceText
    default: nil
    }
  }
}

extension JSONValue {
  /// The bytes of the parsed document that are this value: its JSON as written, no whitespace
  /// around it.
  ///
  /// Finding the end of a container takes a step for each of its brackets, commas and scalars.
  public var source: Range<Int> {
    let tape = tape.pointee
    let start = Int(tape.structurals[Int(structural)])
    guard mark == Tape.Mark.object || mark == Tape.Mark.array else {
      return start..<tape.end(ofScalarAt: structural)
    }
    return start..<Int(tape.structurals[Int(tape.closer(ofContainerAt: structural))]) + 1
  }

  /// The bytes in `source`.
  public var sourceText: JSONText {
    let range = source
    let start = UnsafeRawPointer(tape.pointee.bytes + range.lowerBound)
    return JSONText(bytes: UnsafeRawBufferPointer(start: start, count: range.count))
  }
}
