internal import JSONTape

/// Lets a `switch` over a text that may be missing have literals as its cases.
func ~= (literal: StaticString, text: JSONText?) -> Bool { text == literal }

func == (text: JSONText?, literal: StaticString) -> Bool {
  text.map { $0 == literal } ?? false
}

func != (text: JSONText?, literal: StaticString) -> Bool { !(text == literal) }
