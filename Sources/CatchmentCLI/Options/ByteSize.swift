public import ArgumentParser
public import Catchment

extension ByteSize: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }

  public var defaultValueDescription: String { description }
}
