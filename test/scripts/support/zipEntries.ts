/** The files in a zip archive, unpacked: enough for those that Playwright writes. */
import { inflateRawSync } from "node:zlib"

const END_OF_DIRECTORY = 0x06054b50
const DEFLATED = 8

export const zipEntries = (zip: Buffer): ReadonlyArray<{ readonly name: string; readonly bytes: Buffer }> => {
  const signature = Buffer.alloc(4)
  signature.writeUInt32LE(END_OF_DIRECTORY)
  const end = zip.lastIndexOf(signature)
  const entries: Array<{ name: string; bytes: Buffer }> = []
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const method = zip.readUInt16LE(at + 10)
    const packedSize = zip.readUInt32LE(at + 20)
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset))
    const header = zip.readUInt32LE(at + 42)
    const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28)
    const packed = zip.subarray(start, start + packedSize)
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength!)
    entries.push({ name, bytes: method === DEFLATED ? inflateRawSync(packed) : packed })
    at += 46 + nameLength! + extraLength! + commentLength!
  }
  return entries
}
