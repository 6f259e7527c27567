/** A program as the build would carry it, of files that are given. */
import type { CarriedProgram } from "../../../src/runtime/carried/Carried.ts"

const sha256 = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex")

export const packed = (files: Readonly<Record<string, string>>, hash = "0123456789abcdef") => {
  const program: CarriedProgram = {
    name: "postgresql",
    version: "18.4.0",
    hash,
    parts: [
      {
        archive: "all.zst",
        files: Object.entries(files).map(([path, text]) => ({
          path,
          size: text.length,
          sha256: sha256(text),
          executable: path.startsWith("bin/")
        }))
      }
    ]
  }
  return { program, bytes: new Uint8Array(Bun.zstdCompressSync(Buffer.from(Object.values(files).join("")))) }
}
