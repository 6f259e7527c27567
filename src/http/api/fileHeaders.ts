/** How the file of a job is sent: what a browser may do with it, and which part was asked for. */
import type { Artifact, ByteRange } from "../../domain/Artifacts.ts"

/** Shown in the browser. A script in one of these does not run, because nobody guesses another type (nosniff). */
const SHOWN: Readonly<Record<string, string>> = {
  "image/jpeg": "image/jpeg",
  "image/png": "image/png",
  "image/webp": "image/webp",
  "application/json": "application/json",
  "text/plain": "text/plain; charset=utf-8",
  // Browsers show text, and download YAML.
  "text/yaml": "text/plain; charset=utf-8"
}

/** Saved under their own type. All others are saved as bytes: a file of a job may come from a page that is not ours. */
const SAVED: ReadonlyArray<string> = ["application/zip", "application/x-ndjson", "application/pdf", "text/csv"]

export const etagOf = ({ sha256 }: Artifact): string => `"${sha256}"`

export const fileHeaders = (artifact: Artifact): Record<string, string> => {
  const type = artifact.contentType.split(";")[0]!.trim().toLowerCase()
  const shown = SHOWN[type]
  return {
    "content-type": shown ?? (SAVED.includes(type) ? artifact.contentType : "application/octet-stream"),
    // A name has no character that would have to be escaped.
    "content-disposition": `${shown === undefined ? "attachment" : "inline"}; filename="${artifact.name}"`,
    "accept-ranges": "bytes",
    etag: etagOf(artifact)
  }
}

/** One range that the file has. Anything else means the whole file, as the standard allows (RFC 9110, 14.2). */
export const rangeOf = (header: string | undefined, size: number): ByteRange | undefined => {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/u.exec(header ?? "") ?? []
  if (first === "" && last === "") return undefined
  const from = first === "" ? Math.max(0, size - Number(last)) : Number(first)
  const until = first === "" || last === "" ? size : Math.min(size, Number(last) + 1)
  return from < until ? { from, until } : undefined
}
