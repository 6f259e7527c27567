/** `bun run build`: the package in dist/package, packed beside it, and how large its parts for browsers are. */
import { join, relative } from "node:path"
import { Console, Effect } from "effect"
import { makePackage } from "./makePackage.ts"
import { sizesOf } from "./sizes.ts"

const kilobytes = (bytes: number) => `${(bytes / 1_024).toFixed(1)} KB`.padStart(9)

const main = Effect.gen(function* () {
  const { folder, tarball } = yield* Effect.promise(() => makePackage(join(import.meta.dir, "../dist")))
  const sizes = yield* Effect.promise(() => sizesOf(folder))
  yield* Console.log([folder, tarball].map((path) => relative(process.cwd(), path)).join("\n"))
  yield* Console.log("\nfor browsers       minified   gzipped")
  for (const { bytes, entry, gzipped } of sizes) {
    yield* Console.log(`callboard/${entry.padEnd(8)}${kilobytes(bytes)} ${kilobytes(gzipped)}`)
  }
})

await Effect.runPromise(main)
