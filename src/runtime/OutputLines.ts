/** Cuts the output of a program into lines, whatever it is: no line end for gigabytes, bytes that are no text. */

/** Characters that are kept of one line: a result may be one line, and may take half of this. */
const LONGEST_LINE = 2 * 1024 * 1024

export interface OutputLine {
  readonly text: string
  readonly cut: boolean
}

export interface LineCutter {
  readonly push: (bytes: Uint8Array) => ReadonlyArray<OutputLine>
  /** What stands after the last line end. */
  readonly end: () => ReadonlyArray<OutputLine>
}

export const makeLineCutter = (): LineCutter => {
  const decoder = new TextDecoder()
  let parts: Array<string> = []
  let length = 0
  let afterReturn = false

  const keep = (part: string) => {
    const room = LONGEST_LINE - length
    length += part.length
    if (room > 0 && part !== "") parts.push(part.slice(0, room))
  }

  const finish = (): OutputLine => {
    const line = { text: Bun.stripANSI(parts.join("")), cut: length > LONGEST_LINE }
    parts = []
    length = 0
    return line
  }

  /** A progress bar writes over its own line, so a lone carriage return ends one too. */
  const split = (text: string): ReadonlyArray<OutputLine> => {
    const lines: Array<OutputLine> = []
    let from = afterReturn && text.startsWith("\n") ? 1 : 0
    if (text !== "") afterReturn = text.endsWith("\r")
    const ends = /\r\n|[\n\r]/gu
    ends.lastIndex = from
    for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
      keep(text.slice(from, end.index))
      lines.push(finish())
      from = ends.lastIndex
    }
    keep(text.slice(from))
    return lines
  }

  return {
    push: (bytes) => split(decoder.decode(bytes, { stream: true })),
    end: () => {
      const lines = split(decoder.decode())
      return length === 0 ? lines : [...lines, finish()]
    }
  }
}
