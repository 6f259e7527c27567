/** `bun run licences` */
import { join } from "node:path"
import { installedPackages } from "./licences/installed.ts"
import { LICENCES_FILE, licencesDocument } from "./licences/licencesDocument.ts"

const ROOT = join(import.meta.dir, "..")

await Bun.write(join(ROOT, LICENCES_FILE), licencesDocument(await installedPackages(ROOT)))
