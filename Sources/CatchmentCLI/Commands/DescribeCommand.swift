import ArgumentParser
import Catchment
import CatchmentCatalogue
import CatchmentEngine

struct DescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Show what a pipeline's file can name, and what `import` reads.",
    discussion: """
      Examples:
        catchment describe                 every source, transform, destination and
                                           receiver, and the sources of conversations
        catchment describe filter          one of them with its options and examples
        catchment describe codex           where its conversations are looked for
        catchment describe --schema > pipeline.schema.json
                                           a JSON Schema for editors
      """)

  @Argument(
    help: "The name of a source, transform, destination or receiver, or of what `import` reads.")
  var name: String?

  @Flag(help: "Print a JSON Schema of pipelines' files.")
  var schema = false

  @Flag(help: "Print the page of all transforms, as Markdown.")
  var markdown = false

  func run() throws {
    if markdown {
      return Output.data(try TransformGuide(Catalogue.kinds.transforms).markdown())
    }
    if schema { return Output.line(JSON(PipelineSchema(Catalogue.kinds).setting).description) }
    let kinds = Catalogue.kinds
    let groups = [
      ("sources", kinds.sources.map(KindPage.init)),
      ("transforms", kinds.transforms.map(KindPage.init)),
      ("destinations", kinds.destinations.map(KindPage.init)),
      ("receivers", kinds.receivers.map(KindPage.init)),
    ]
    let platforms = Catalogue.sources.all.map(PlatformPage.init)
    guard let name else {
      for (title, pages) in groups {
        Output.line(title)
        for page in pages { page.printLine() }
      }
      Output.line("conversations")
      for page in platforms { page.printLine() }
      return
    }
    let found = groups.flatMap(\.1).filter { $0.name == name }
    let platform = platforms.first { $0.name == name }
    platform?.print()
    guard platform != nil || !found.isEmpty else {
      let names = groups.flatMap(\.1).map(\.name) + platforms.map(\.name)
      throw CatchmentError(
        .usage, "there is nothing called \"\(name)\"",
        hint: Spelling.nearest(to: name, among: names).map { "write \"\($0)\"" }
          ?? "`catchment describe` lists what there is")
    }
    for page in found { try page.print() }
  }
}
