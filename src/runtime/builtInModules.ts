/**
 * What the job types of a team import without having it installed: the one-file program gives them its own `callboard`
 * and `effect`, because a second copy of either would not know what the first one made.
 */
type Modules = Readonly<Record<string, () => Promise<object>>>

/** `effect/Schema` and the like: the modules that are also names of `effect`. */
export const partsOf = (name: string, whole: object): Modules =>
  Object.fromEntries(
    Object.entries(whole)
      .filter(([, part]) => typeof part === "object")
      .map(([key, part]) => [`${name}/${key}`, async () => part])
  )

/** `effect/sql`, and `effect/sql/SqlClient` and the like, which are its `parts`: loaded when one of them is asked for. */
export const withParts = <Name extends string>(
  name: string,
  parts: ReadonlyArray<Name>,
  load: () => Promise<Readonly<Record<Name, object>>>
): Modules => ({
  [name]: load,
  ...Object.fromEntries(parts.map((part) => [`${name}/${part}`, async () => (await load())[part]]))
})

/** From now on whatever this process imports under these names is what is given here. */
export const giveModules = (modules: Modules) => {
  Bun.plugin({
    name: "callboard's own modules",
    setup: (build) => {
      for (const [name, load] of Object.entries(modules)) {
        build.module(name, async () => ({ exports: { ...(await load()) }, loader: "object" }))
      }
    }
  })
}
