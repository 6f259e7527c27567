/** `bun run generate`: everything in the repository that is written from something else. */
import { join } from "node:path"
import { installedPackages } from "./licences/installed.ts"
import { LICENCES_FILE, licencesDocument } from "./licences/licencesDocument.ts"
import { schemaDocument } from "./schemaDocument.ts"
import { settingsDocument, withSettings } from "./settingsDocument.ts"

const ROOT = join(import.meta.dir, "..")
const readme = Bun.file(join(ROOT, "README.md"))

await Bun.write(join(ROOT, LICENCES_FILE), licencesDocument(await installedPackages(ROOT)))
await Bun.write(join(ROOT, "docs/schema.md"), await schemaDocument(ROOT))
await Bun.write(join(ROOT, "docs/settings.md"), settingsDocument)
await readme.write(withSettings(await readme.text()))
