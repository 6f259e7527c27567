import { join } from "node:path"

/** A file inside the one-file program, as the build names it: Bun would take `.js` for code of ours. */
export const insidePath = (name: string): string => join(import.meta.dir, "inside", `${name}.inside`)
