import type { Child } from "hono/jsx"
import { Announcement, Partial } from "../../views/components/Partial.tsx"
import { render } from "./page.tsx"

/** One part of a live page, as a stream sends it. */
export const partHtml = (id: string, node: Child): string => render(<Partial target={`#${id}`}>{node}</Partial>)

/** Said by screen readers, as a stream sends it. It tells of questions, which wait for the reader. */
export const announcementHtml = (text: string): string => render(<Announcement text={text} important />)
