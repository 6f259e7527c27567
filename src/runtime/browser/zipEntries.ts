/** Reads a ZIP file entry by entry and piece by piece: a large entry, unpacked in one go, would hold up everybody. */
import { Inflate } from "fflate"

/** Packed bytes that are unpacked in one go. Text of a page becomes five to thirty times as much. */
const IN_ONE_GO = 16 * 1024

/** Where the end of the directory may begin: it is followed by a comment of 64 KiB at most. */
const END_LENGTH = 22
const LONGEST_COMMENT = 0xffff

const END = 0x06054b50
const IN_DIRECTORY = 0x02014b50
const STORED = 0

export interface ZipEntry {
  readonly name: string
  /** Unpacked. */
  readonly bytes: number
  readonly pieces: () => Generator<Uint8Array>
}

function* slicesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += IN_ONE_GO) yield bytes.subarray(at, at + IN_ONE_GO)
}

function* inflated(packed: Uint8Array, bytes: number): Generator<Uint8Array> {
  const pieces: Array<Uint8Array> = []
  let size = 0
  const inflate = new Inflate((piece) => {
    size += piece.length
    pieces.push(piece)
  })
  for (const slice of slicesOf(packed)) {
    inflate.push(slice)
    yield* pieces.splice(0)
  }
  inflate.push(new Uint8Array(), true)
  yield* pieces.splice(0)
  // The library notices most entries that end too early, and not all.
  if (size !== bytes) throw new Error("An entry of the trace is damaged.")
}

const directoryOf = (view: DataView): { readonly count: number; readonly at: number } => {
  const first = Math.max(0, view.byteLength - END_LENGTH - LONGEST_COMMENT)
  for (let at = view.byteLength - END_LENGTH; at >= first; at--) {
    if (view.getUint32(at, true) === END)
      return { count: view.getUint16(at + 10, true), at: view.getUint32(at + 16, true) }
  }
  throw new Error("The trace is no ZIP file.")
}

/** Files of less than 4 GiB, as those of Playwright are. */
export const entriesOf = (zip: Uint8Array): ReadonlyArray<ZipEntry> => {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength)
  const { at: begin, count } = directoryOf(view)
  const entries: Array<ZipEntry> = []
  let at = begin
  for (let index = 0; index < count; index++) {
    if (view.getUint32(at, true) !== IN_DIRECTORY) throw new Error("The directory of the trace is damaged.")
    const isStored = view.getUint16(at + 10, true) === STORED
    const packedBytes = view.getUint32(at + 20, true)
    const bytes = view.getUint32(at + 24, true)
    const nameLength = view.getUint16(at + 28, true)
    const local = view.getUint32(at + 42, true)
    const name = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + nameLength))
    const pieces = () => {
      const data = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
      const packed = zip.subarray(data, data + packedBytes)
      return isStored ? slicesOf(packed) : inflated(packed, bytes)
    }
    entries.push({ name, bytes, pieces })
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return entries
}

export const wholeOf = ({ pieces }: ZipEntry): Uint8Array => Buffer.concat([...pieces()])

/** Lines, several at once: those that ended in one piece. */
export function* linesOf({ pieces }: ZipEntry): Generator<ReadonlyArray<string>> {
  const decoder = new TextDecoder()
  /** Of the line that has not ended; a long one is put together once. */
  let begun: Array<string> = []
  for (const piece of pieces()) {
    const [rest = "", ...others] = decoder.decode(piece, { stream: true }).split("\n")
    begun.push(rest)
    const last = others.pop()
    if (last === undefined) {
      yield []
      continue
    }
    yield [begun.join(""), ...others]
    begun = [last]
  }
  yield [`${begun.join("")}${decoder.decode()}`]
}
