/** `bun run build:binary [--slim] [--outfile <path>]`: Callboard as one file, and how large it is. */
import { join, relative } from "node:path"
import { parseArgs } from "node:util"
import { Console, Effect } from "effect"
import { makeBinary } from "./makeBinary.ts"

const main = Effect.gen(function* () {
  const { values } = parseArgs({
    options: {
      slim: { type: "boolean", default: false },
      outfile: { type: "string", default: join(import.meta.dir, "../dist/callboard") }
    }
  })
  yield* Effect.promise(() => makeBinary(values))
  const megabytes = (Bun.file(values.outfile).size / 1_000_000).toFixed(0)
  yield* Console.log(`${relative(process.cwd(), values.outfile)} (${megabytes} MB)`)
})

await Effect.runPromise(main)
