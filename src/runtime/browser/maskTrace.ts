/**
 * Rewrites a Playwright trace, entry by entry, so that no secret is in it: typed values, snapshots of the page, headers,
 * bodies. Its entries are `*.trace`, `*.network` and `*.stacks` (a JSON value per line) and `resources/*` (bodies).
 */
import { Zip, ZipDeflate } from "fflate"
import { MASK } from "../../domain/Secret.ts"
import { makeHider } from "../hideTexts.ts"
import { hiddenTexts, makeMasker, maskJson, SHORT } from "../Masker.ts"
import { makeTelling, type Telling } from "./traceSecrets.ts"
import { entriesOf, linesOf, wholeOf, type ZipEntry } from "./zipEntries.ts"

/** Unpacked; a trace with more is not kept, because masking it would take too long. */
const MOST_BYTES = 128 * 1024 * 1024

/** Of one body, which is rewritten in one go. What is larger is left out. */
export const LARGEST_BODY = 4 * 1024 * 1024

/** Characters that are packed in one go. */
const PACKED_IN_ONE_GO = 256 * 1024

/** Other fibers run whenever something is given, were it nothing. */
const NOTHING = new Uint8Array()

const isLines = (name: string) => /\.(?:trace|network|stacks)$/u.test(name)

/** Bodies of an unknown kind are `dat`. */
const isJson = (name: string) => /\.(?:json|dat)$/u.test(name)

const readable = (zip: Uint8Array): ReadonlyArray<ZipEntry> => {
  const entries = entriesOf(zip)
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
  if (bytes > MOST_BYTES) throw new Error(`The trace is too large: ${bytes} bytes.`)
  return entries.filter((entry) => isLines(entry.name) || entry.bytes <= LARGEST_BODY)
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

/** Gives nothing itself, but stops now and then. */
function* learnFrom(entries: ReadonlyArray<ZipEntry>, telling: Telling): Generator<Uint8Array> {
  for (const entry of entries) {
    if (isLines(entry.name)) {
      for (const lines of linesOf(entry)) {
        for (const line of lines) telling.learn(parse(line))
        yield NOTHING
      }
    } else if (isJson(entry.name)) {
      telling.learn(parse(textOf(wholeOf(entry)) ?? ""))
      yield NOTHING
    }
  }
}

/** Text as it may stand in bytes of any kind. A character of Latin-1 stands for each byte meanwhile. */
const maskBytes = (bytes: Uint8Array, hide: (text: string) => string): Uint8Array =>
  Buffer.from(hide(Buffer.from(bytes).toString("latin1")), "latin1")

const isSnapshot = (value: unknown): boolean => (value as { readonly type?: unknown } | null)?.type === "frame-snapshot"

/** The masked trace in pieces. Takes its time between two pieces, because it is made as it is asked for. */
export function* maskTrace(zip: Uint8Array, secrets: ReadonlyArray<string>): Generator<Uint8Array> {
  const entries = readable(zip)
  const telling = makeTelling(secrets)
  yield* learnFrom(entries, telling)
  const mask = makeMasker(telling.secrets())
  const all = hiddenTexts(telling.secrets())
  // A short secret would be found in noise.
  const hide = makeHider(
    all.filter((secret) => secret.length > SHORT).map((secret) => Buffer.from(secret).toString("latin1")),
    Buffer.from(MASK).toString("latin1")
  )
  // Most lines hold no secret, and to look through all their texts at once is ten times as fast.
  const look = makeHider(all, MASK)
  const mayHold = (json: string): boolean => look(json) !== json

  const here = `${process.cwd()}/`
  /** Text by text: JSON can spell a secret in more ways than anybody can look for, and a code may stand in any number. */
  const maskText = (text: string): string => {
    const value = parse(text)
    if (value === undefined) return mask(text)
    telling.hide(value)
    const json = JSON.stringify(value)
    // All numbers of a snapshot are the viewer's own: where an element stands in another one.
    const masked = mayHold(json) ? JSON.stringify(maskJson(mask, value, !isSnapshot(value))) : json
    return masked.replaceAll(here, "")
  }
  const maskBody = (name: string, bytes: Uint8Array): Uint8Array => {
    const text = textOf(bytes)
    if (text === undefined) return maskBytes(bytes, hide)
    return Buffer.from(isJson(name) ? maskText(text) : mask(text))
  }

  const pieces: Array<Uint8Array> = []
  const out = new Zip((error, piece) => {
    if (error) throw error
    pieces.push(piece)
  })
  for (const entry of entries) {
    const file = new ZipDeflate(mask(entry.name), { level: 3 })
    out.add(file)
    if (isLines(entry.name)) {
      let isFirst = true
      for (const lines of linesOf(entry)) {
        for (const line of lines) {
          const masked = Buffer.from(`${isFirst ? "" : "\n"}${maskText(line)}`)
          isFirst = false
          for (let at = 0; at < masked.length; at += PACKED_IN_ONE_GO) {
            // A snapshot of a large page is a line of megabytes.
            if (masked.length > PACKED_IN_ONE_GO) yield NOTHING
            file.push(masked.subarray(at, at + PACKED_IN_ONE_GO))
          }
        }
        yield NOTHING
        yield* pieces.splice(0)
      }
    } else file.push(maskBody(entry.name, wholeOf(entry)))
    file.push(new Uint8Array(), true)
    yield NOTHING
    yield* pieces.splice(0)
  }
  out.end()
  yield* pieces.splice(0)
}
