/** What a Callboard that has ended left of its temporary files. */
import { readdirSync } from "node:fs"
import { Effect, Option } from "effect"
import { listFolders, placeOf } from "../src/runtime/browser/BrowserFolder.ts"
import { PREFIX as TRACES } from "../src/runtime/browser/RawTraces.ts"
import type { ProcessOwner } from "../src/runtime/ProcessOwner.ts"

/** `owner` had this temporary folder to itself. Where its path is long, folders of browsers lie elsewhere, beside those of others. */
export const filesLeft = (temporary: string, owner: ProcessOwner): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(
    Effect.forEach([undefined, TRACES], (prefix) => {
      const place = placeOf(prefix, temporary)
      return place === temporary ? Effect.succeed([]) : listFolders(prefix, place)
    }),
    (found) => {
      const isOwn = (of: ProcessOwner) => of.pid === owner.pid && of.startedAt === owner.startedAt
      const elsewhere = found.flat().filter(({ owned }) => Option.exists(owned, (record) => isOwn(record.owner)))
      return [...readdirSync(temporary), ...elsewhere.map(({ path }) => path)]
    }
  )
