/**
 * Rewrites a Playwright trace, entry by entry, so that no secret is in it: typed values, snapshots of the page, headers,
 * bodies. Its entries are `*.trace`, `*.network` and `*.stacks` (a JSON value per line) and `resources/*` (bodies).
 */
import { unzipSync, Zip, ZipDeflate } from "fflate"
import { MASK } from "../../domain/Secret.ts"
import { makeHider } from "../hideTexts.ts"
import { makeMasker, SHORT } from "../Masker.ts"
import { hideTelling } from "./traceSecrets.ts"

/** Characters of JSON lines that are rewritten in one go; other fibers run in between. */
const IN_ONE_GO = 256 * 1024

/** Unpacked; a trace with more is not kept. */
export const MOST_BYTES = 512 * 1024 * 1024

const isLines = (name: string) => /\.(?:trace|network|stacks)$/u.test(name)

/** Bodies of an unknown kind are `dat`. */
const isJson = (name: string) => /\.(?:json|dat)$/u.test(name)

const read = (zip: Uint8Array, wanted: string): Uint8Array =>
  unzipSync(zip, { filter: ({ name }) => name === wanted })[wanted] ?? new Uint8Array()

const namesIn = (zip: Uint8Array): ReadonlyArray<string> => {
  const names: Array<string> = []
  let bytes = 0
  unzipSync(zip, {
    filter: ({ name, originalSize }) => {
      names.push(name)
      bytes += originalSize
      return false
    }
  })
  if (bytes > MOST_BYTES) throw new Error(`The trace is too large: ${bytes} bytes.`)
  return names
}

/** None where the bytes are no text. */
const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function* chunksOf(text: string): Generator<ReadonlyArray<string>> {
  let chunk: Array<string> = []
  let size = 0
  for (const line of text.split("\n")) {
    chunk.push(line)
    size += line.length
    if (size >= IN_ONE_GO) {
      yield chunk
      chunk = []
      size = 0
    }
  }
  yield chunk
}

/** Secrets that the trace itself tells. Gives nothing itself, but stops now and then. */
function* gather(zip: Uint8Array, names: ReadonlyArray<string>, found: Set<string>): Generator<undefined> {
  const note = (secret: string) => found.add(secret)
  for (const name of names) {
    if (!isLines(name) && !isJson(name)) continue
    for (const lines of chunksOf(textOf(read(zip, name)) ?? "")) {
      for (const line of isLines(name) ? lines : [lines.join("\n")]) hideTelling(parse(line), note)
      yield undefined
    }
  }
}

/** Text as it may stand in bytes of any kind. A character of Latin-1 stands for each byte meanwhile. */
const maskBytes = (bytes: Uint8Array, hide: (text: string) => string): Uint8Array =>
  Buffer.from(hide(Buffer.from(bytes).toString("latin1")), "latin1")

/** The masked trace in pieces. Takes its time between two pieces, because it is made as it is asked for. */
export function* maskTrace(zip: Uint8Array, secrets: ReadonlyArray<string>): Generator<Uint8Array> {
  const names = namesIn(zip)
  const all = new Set(secrets)
  for (const _ of gather(zip, names, all)) yield new Uint8Array()
  const mask = makeMasker([...all])
  // A short secret would be found in noise.
  const hide = makeHider(
    [...all].filter((secret) => secret.length > SHORT).map((secret) => Buffer.from(secret).toString("latin1")),
    Buffer.from(MASK).toString("latin1")
  )

  const here = `${process.cwd()}/`
  /** Written anew, because JSON can spell a secret in more ways than anybody can look for. */
  const maskJson = (text: string): string => {
    const value = parse(text)
    if (value === undefined) return mask(text)
    hideTelling(value, () => {})
    return mask(JSON.stringify(value)).replaceAll(here, "")
  }

  const pieces: Array<Uint8Array> = []
  const out = new Zip((error, piece) => {
    if (error) throw error
    pieces.push(piece)
  })
  for (const name of names) {
    const file = new ZipDeflate(mask(name), { level: 3 })
    out.add(file)
    const bytes = read(zip, name)
    const text = textOf(bytes)
    if (text === undefined) file.push(maskBytes(bytes, hide))
    else if (!isLines(name)) file.push(Buffer.from(isJson(name) ? maskJson(text) : mask(text)))
    else {
      let isFirst = true
      for (const lines of chunksOf(text)) {
        file.push(Buffer.from(`${isFirst ? "" : "\n"}${lines.map(maskJson).join("\n")}`))
        isFirst = false
        yield* pieces.splice(0)
      }
    }
    file.push(new Uint8Array(), true)
    yield* pieces.splice(0)
  }
  out.end()
  yield* pieces.splice(0)
}
