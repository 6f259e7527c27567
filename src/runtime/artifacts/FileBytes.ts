/** Bytes of artifacts in a folder: a file per key, in 256 folders so that none gets too full. */
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Effect, Exit, Layer, Stream } from "effect"
import { ArtifactsUnavailable, type ByteRange, type Bytes } from "../../domain/Artifacts.ts"
import { ByteStore } from "./ByteStore.ts"

const unavailable = (operation: string) => (cause: unknown) => new ArtifactsUnavailable({ operation, cause })

const attempt = <A>(operation: string, work: () => Promise<A>) =>
  Effect.tryPromise({ try: work, catch: unavailable(operation) })

/** Made once per folder, by whichever process comes first: a link fails where the file is there already. */
const idOf = (folder: string): string => {
  const file = join(folder, "id")
  if (!existsSync(file)) {
    const own = `${file}.${crypto.randomUUID()}`
    writeFileSync(own, crypto.randomUUID(), { mode: 0o600 })
    try {
      linkSync(own, file)
    } catch (error) {
      if (!existsSync(file)) throw error
    } finally {
      rmSync(own)
    }
  }
  return `folder:${readFileSync(file, "utf8").trim()}`
}

const make = (folder: string) =>
  Effect.gen(function* () {
    const id = yield* Effect.try({
      try: () => {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        return idOf(folder)
      },
      catch: unavailable("open")
    })
    const pathOf = (key: string) => join(folder, key.slice(-2), key)
    const partOf = (key: string) => `${pathOf(key)}.part`

    const openPart = (key: string) =>
      Effect.acquireRelease(
        attempt("write", async () => {
          await mkdir(dirname(pathOf(key)), { recursive: true, mode: 0o700 })
          return await open(partOf(key), "w", 0o600)
        }),
        (file: FileHandle, exit) =>
          Effect.promise(() => file.close()).pipe(
            Effect.andThen(Exit.isSuccess(exit) ? Effect.void : Effect.promise(() => rm(partOf(key), { force: true })))
          )
      )

    const write = <E>(key: string, content: Bytes<E>) =>
      Effect.gen(function* () {
        const file = yield* openPart(key)
        yield* Stream.runForEach(content, (chunk) => attempt("write", () => file.writeFile(chunk)))
        yield* attempt("write", () => file.sync())
      }).pipe(Effect.scoped, Effect.andThen(attempt("write", () => rename(partOf(key), pathOf(key)))))

    const read = (key: string, range?: ByteRange) =>
      attempt("read", async () => {
        const file = Bun.file(pathOf(key))
        if (!(await file.exists())) throw new Error("The file is not in the folder.")
        return range === undefined ? file : file.slice(range.from, range.until)
      }).pipe(
        Effect.map((file) => Stream.fromReadableStream({ evaluate: () => file.stream(), onError: unavailable("read") }))
      )

    const remove = (key: string) =>
      attempt("remove", async () => {
        await rm(pathOf(key), { force: true })
        await rm(partOf(key), { force: true })
      })

    return ByteStore.of({ id, write, read, remove })
  })

export const layer = (folder: string) => Layer.effect(ByteStore, make(folder))
