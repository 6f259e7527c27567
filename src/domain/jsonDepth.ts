/** Whether a JSON text nests deeper than anything that is sent in earnest: readers of it go down by recursion. */

export const MOST_LEVELS = 200

const QUOTE = 34
const BACKSLASH = 92
const OPENING = new Set([91, 123])
const CLOSING = new Set([93, 125])

/** The place after the text that begins at `start`. */
export const endOfText = (json: string, start: number): number => {
  let at = start + 1
  while (at < json.length && json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at
}

export const isTooDeep = (json: string): boolean => {
  let level = 0
  for (let at = 0; at < json.length; at++) {
    const char = json.charCodeAt(at)
    if (char === QUOTE) at = endOfText(json, at)
    else if (OPENING.has(char)) level += 1
    else if (CLOSING.has(char)) level -= 1
    if (level > MOST_LEVELS) return true
  }
  return false
}
