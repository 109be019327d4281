import CatchmentCatalogue
import CatchmentEngine
let home = Home(CommandLine.arguments[1])
let r = try await Importer(home: home, source: Catalogue.sources[0]).run(Array(CommandLine.arguments.dropFirst(2)))
print(r)
