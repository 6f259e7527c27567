import type { Child } from "hono/jsx"
import type { Caller } from "../../domain/Caller.ts"
import { Announcement, Partial } from "../../views/components/Partial.tsx"
import { render } from "./page.tsx"

/** One part of a live page, as a stream sends it to its reader. */
export const partHtml = (id: string, node: Child, reader: Caller): string =>
  render(<Partial target={`#${id}`}>{node}</Partial>, reader)

/** Said by screen readers, as a stream sends it: nothing that depends on who reads. It tells of questions, which wait for the reader. */
export const announcementHtml = (text: string): string => render(<Announcement text={text} important />, undefined)
